package iptables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

// recorder is a sink that keeps what it gets.
type recorder struct {
	Events []string
	Bads   []string
	Skips  map[string]uint64
	fail   error
}

func (r *recorder) Event(e *flow.Event) error {
	r.Events = append(r.Events, fmt.Sprintf("%s %s:%d>%s:%d", e.Proto, e.Src, e.Sport, e.Dst, e.Dport))
	return r.fail
}
func (r *recorder) Meta(*flow.Meta) error       { return errors.New("packets have no metadata") }
func (r *recorder) Bad(where string, err error) { r.Bads = append(r.Bads, where+": "+err.Error()) }
func (r *recorder) Note(msg string)             { r.Bads = append(r.Bads, "note: "+msg) }
func (r *recorder) Skip(reason string, n uint64) {
	if r.Skips == nil {
		r.Skips = map[string]uint64{}
	}
	r.Skips[reason] += n
}

const packetLine = "Feb  4 05:30:11 gw kernel: IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 PROTO=UDP SPT=1 DPT=2"

func TestRead(t *testing.T) {
	log := strings.Join([]string{
		packetLine,
		"Feb  4 05:30:12 gw sshd[1]: session opened",
		"",
		"Feb  4 05:30:13 gw kernel: IN=eth0 SRC=192.0.2.1 DST=192.0.2.2",
		"Feb  4 05:30:13 gw kernel: IN=eth0 " + strings.Repeat("x", 3*maxLine),
		strings.Replace(packetLine, "DPT=2", "DPT=3", 1), // without an end
	}, "\n")
	want := recorder{
		Events: []string{"udp 192.0.2.1:1>192.0.2.2:2", "udp 192.0.2.1:1>192.0.2.2:3"},
		Bads:   []string{"line 4: no protocol (PROTO=)", "line 5: longer than 65536 bytes"},
		Skips:  map[string]uint64{"line without IN=": 2},
	}
	for name, r := range map[string]io.Reader{
		"whole":        strings.NewReader(log),
		"byte by byte": iotest.OneByteReader(strings.NewReader(log)),
	} {
		var got recorder
		if err := Read(t.Context(), r, now, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(recorder{}), cmp.Comparer(func(a, b error) bool { return a == b })); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestReadEndsInLongLine(t *testing.T) {
	var got recorder
	err := Read(t.Context(), strings.NewReader(packetLine+"\nIN="+strings.Repeat("x", 2*maxLine)), now, &got)
	if err != nil || len(got.Events) != 1 || len(got.Bads) != 1 {
		t.Errorf("%+v, error %v", got, err)
	}
}

func TestReadErrors(t *testing.T) {
	broken := errors.New("broken")
	var got recorder
	// The line that the error cuts is not taken.
	src := io.MultiReader(strings.NewReader(packetLine+"\n"+packetLine), iotest.ErrReader(broken))
	if err := Read(t.Context(), src, now, &got); err != broken || len(got.Events) != 1 {
		t.Errorf("%d events, error %v", len(got.Events), err)
	}
	got = recorder{fail: broken}
	if err := Read(t.Context(), strings.NewReader(packetLine+"\n"+packetLine), now, &got); err != broken || len(got.Events) != 1 {
		t.Errorf("%d events, error %v", len(got.Events), err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(broken)
	if err := Read(ctx, strings.NewReader(strings.Repeat(packetLine+"\n", 5000)), now, &recorder{}); err != broken {
		t.Errorf("cancelled: error %v", err)
	}
}
