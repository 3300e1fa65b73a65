package masscan

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"ivre/ingest/host"
)

// Types of DICOM PDUs (PS3.8, 9.3), and of items of an answer.
const (
	dicomAccept         = 2
	dicomReject         = 3
	dicomUserInfo       = 0x50
	dicomMaxLength      = 0x51
	dicomClassUID       = 0x52
	dicomImplementation = 0x55
)

// maxDicomItems bounds how many items of an answer are kept.
const maxDicomItems = 50

// dicomFixed is how an answer begins: the protocol's version, whom Masscan calls, and as whom.
var dicomFixed = append([]byte("\x00\x01\x00\x00ANY-SCP         ECHOSCU         "), make([]byte, 32)...)

// dicomCalled is the usual answer to a call for an application entity that the server does not know.
var dicomCalled = []byte("\x03\x00\x00\x00\x00\x04\x00\x01\x01\x07")

// dicom reads the answer to a DICOM association request. What is no such answer stays as it is.
func (r *reading) dicom() {
	b := r.raw
	if len(b) < 6 || b[0] != dicomAccept && b[0] != dicomReject || b[1] != 0 {
		return
	}
	n := uint64(binary.BigEndian.Uint32(b[2:]))
	if n > uint64(len(b)-6) {
		return
	}
	o := host.NewObject("dicom", "DICOM Service Provider discovered!")
	body := b[6 : 6+n]
	if b[0] == dicomAccept {
		o.Set("config", "Any AET is accepted (Insecure)")
		if bytes.HasPrefix(body, dicomFixed) {
			dicomItems(o, body[len(dicomFixed):], false)
		} else {
			o.Set("info", "Unusual accept message")
		}
	} else {
		o.Set("config", "Called AET check enabled")
		if !bytes.Equal(b, dicomCalled) {
			o.Set("info", "Unusual reject message")
		}
	}
	out := ""
	for _, m := range o.Members {
		out += fmt.Sprintf("\n  %s: %v", m.Key, m.Value)
	}
	r.p.Service.Name = "dicom"
	r.replace("dicom-ping", out, o)
}

// dicomItems reads the items of an answer: of its top level, only that with what the server tells of itself.
func dicomItems(o *host.Object, b []byte, user bool) {
	for len(b) >= 4 && o.Len() < maxDicomItems {
		typ, n := b[0], int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b)-4 {
			return
		}
		value := b[4 : 4+n]
		b = b[4+n:]
		switch {
		case !user && typ == dicomUserInfo:
			dicomItems(o, value, true)
		case !user:
		case typ == dicomMaxLength && n == 4:
			o.Set("max_pdu_length", int64(binary.BigEndian.Uint32(value)))
		case typ == dicomClassUID:
			o.Set("implementation_class_uid", escape(bytes.TrimRight(value, "\x00 ")))
		case typ == dicomImplementation:
			o.Set("implementation_version", escape(bytes.TrimRight(value, "\x00 ")))
		default:
			o.Set(fmt.Sprintf("unknown_%02x", typ), escape(value))
		}
	}
}
