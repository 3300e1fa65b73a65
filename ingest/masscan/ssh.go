package masscan

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/nmapscript"
)

// Messages of SSH (RFC 4250, 4.1.2).
const (
	sshKexInit  = 20
	sshNewKeys  = 21
	sshKexReply = 31
)

// Bounds of what is read of an SSH server. Servers offer dozens of algorithms.
const (
	maxPackets    = 64
	maxAlgorithms = 1000
)

// ssh reads the banner of an SSH server and the packets that follow it, if Masscan was made to record them.
func (r *reading) ssh() error {
	line, packets, ok := bytes.Cut(r.raw, []byte("\n"))
	if !ok {
		return nil
	}
	r.s.Output = escape(bytes.TrimSuffix(line, []byte("\r")))
	if r.p.Service.Product == "" {
		if m, ok := r.ask("NULL"); ok {
			r.take(&m)
		}
	}
	r.add()
	for range maxPackets {
		var payload []byte
		if payload, packets, ok = sshPacket(packets); !ok || payload[0] == sshNewKeys {
			break
		}
		switch payload[0] {
		case sshKexInit:
			r.sshAlgorithms(payload)
		case sshKexReply:
			r.sshHostKey(payload)
		}
	}
	return nil
}

// sshPacket takes a packet off b (RFC 4253, 6). The payload is not empty. ok is false if there is no complete packet.
func sshPacket(b []byte) (payload, rest []byte, ok bool) {
	if len(b) < 6 {
		return nil, nil, false
	}
	n, padding := uint64(binary.BigEndian.Uint32(b)), uint64(b[4])
	if b = b[4:]; n > uint64(len(b)) || n < padding+2 {
		return nil, nil, false
	}
	return b[1 : n-padding], b[n:], true
}

// sshString takes a string off b (RFC 4251, 5).
func sshString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if b = b[4:]; n > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

// sshLists are the lists of SSH_MSG_KEXINIT in order (RFC 4253, 7.1).
var sshLists = [10]string{
	"kex_algorithms", "server_host_key_algorithms", "encryption_algorithms_client_to_server",
	"encryption_algorithms_server_to_client", "mac_algorithms_client_to_server", "mac_algorithms_server_to_client",
	"compression_algorithms_client_to_server", "compression_algorithms_server_to_client",
	"languages_client_to_server", "languages_server_to_client",
}

// sshAlgorithms makes the script ssh2-enum-algos of SSH_MSG_KEXINIT.
func (r *reading) sshAlgorithms(payload []byte) {
	lists, ok := kexInit(payload)
	if !ok || r.p.Script("ssh2-enum-algos") != nil {
		return
	}
	data := &host.Object{}
	for i := 0; i < len(sshLists); i++ {
		key := sshLists[i]
		if short, paired := strings.CutSuffix(key, "_client_to_server"); paired && equal(lists[i], lists[i+1]) {
			key = short
			i++
		}
		if len(lists[i]) == 0 && strings.HasPrefix(key, "languages") {
			continue // servers send no languages; Nmap does not list them either
		}
		list := make(host.List, len(lists[i]))
		for j, s := range lists[i] {
			list[j] = s
		}
		data.Set(key, list)
	}
	var out strings.Builder
	for _, m := range data.Members {
		list := m.Value.(host.List)
		fmt.Fprintf(&out, "\n  %s (%d)", m.Key, len(list))
		for _, s := range list {
			out.WriteString("\n      " + s.(string))
		}
	}
	hassh, text := nmapscript.HASSH(lists[0], lists[3], lists[5], lists[7])
	data.Set("hassh", hassh)
	r.script("ssh2-enum-algos", out.String()+text, data)
}

func kexInit(payload []byte) (lists [10][]string, ok bool) {
	if len(payload) < 17 {
		return lists, false
	}
	rest := payload[17:] // type and cookie
	for i := range lists {
		var s []byte
		if s, rest, ok = sshString(rest); !ok {
			return lists, false
		}
		for name := range bytes.SplitSeq(s, []byte(",")) {
			if len(name) > 0 && len(lists[i]) < maxAlgorithms {
				lists[i] = append(lists[i], escape(name))
			}
		}
	}
	return lists, true
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
