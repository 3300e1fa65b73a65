package addrrange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadFile(t *testing.T) {
	long := strings.Repeat(" ", maxLine+1)
	for _, tt := range []struct{ name, text, want, err string }{
		{"all forms", "# comment\n\n  192.0.2.1\t# one\r\n192.0.2.3 - 192.0.2.9\n10/8\n2001:db8::/32\n::1-::2",
			"10.0.0.0-10.255.255.255 192.0.2.1-192.0.2.1 192.0.2.3-192.0.2.9 ::1-::2 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", ""},
		{"overlapping ones", "192.0.2.0/24\n192.0.2.128/25\n192.0.3.0\n", "192.0.2.0-192.0.3.0", ""},
		{"nothing", "", "", ""},
		{"bad address", "\n10/8\nfoo\n", "", "f:3: cannot parse 'foo' (foo)"},
		{"bad end", "192.0.2.1 - foo # x\n", "", "f:1: cannot parse '192.0.2.1 - foo' (foo)"},
		{"bad network", "192.0.2./24\n", "", "f:1: cannot parse '192.0.2./24' (192.0.2.)"},
		{"reversed", "192.0.2.2-192.0.2.1\n", "", "f:1: range '192.0.2.2'-'192.0.2.1' is empty (stop < start)"},
		{"two families", "192.0.2.2-::1\n", "", "f:1: cannot parse '192.0.2.2-::1' (IPv4 and IPv6 addresses do not mix)"},
		{"long line", "10/8\n" + long + "\n", "", "f:2: the line is longer than 65536 bytes"},
		{"long last line", "10/8\n" + long, "", "f:2: the line is longer than 65536 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ReadFile(t.Context(), "f", strings.NewReader(tt.text))
			var message string
			if err != nil {
				message = err.Error()
			}
			check(t, tt.err, message)
			check(t, tt.want, texts(s.Ranges()))
		})
	}
}

func TestReadRoutes(t *testing.T) {
	const table = "1.0.0.0/24\t13335\n1.0.1.0/24 64496\n1.0.0.128/25\t1\n\n9.0.0.0/8\t3\nx\t4\n8.0.0.0/8\t3\r\n2001:db8::/32\t5"
	var bad []string
	report := func(n int, err error) { bad = append(bad, fmt.Sprintf("%d: %v", n, err)) }
	s, err := ReadRoutes(t.Context(), strings.NewReader(table+"\n"+strings.Repeat("x", maxLine+1)), report)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "1.0.0.0-1.0.1.255 8.0.0.0-9.255.255.255 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", texts(s.Ranges()))
	check(t, []string{"6: invalid network 'x' (x)", "9: the line is longer than 65536 bytes"}, bad)

	var b bytes.Buffer
	if err := WriteIntervals(&b, s); err != nil {
		t.Fatal(err)
	}
	check(t, "16777216,16777727\n134217728,167772159\n2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\n", b.String())
	again, err := ReadIntervals(t.Context(), &b, report)
	check(t, nil, err)
	check(t, s.Ranges(), again.Ranges())
	check(t, "1.0.1.0-1.0.1.255 9.0.0.0-9.0.0.9", texts(set(t, "1.0.1.0-1.0.2.9 7.0.0.0 9.0.0.0-9.0.0.9").Intersect(again).Ranges()))
}

func TestReadIntervals(t *testing.T) {
	var bad []string
	s, err := ReadIntervals(t.Context(), strings.NewReader("16777216,16777471,FR\n16777217\n2,1\nx,y\n 5 , 6 \n"),
		func(n int, err error) { bad = append(bad, fmt.Sprintf("%d: %v", n, err)) })
	if err != nil {
		t.Fatal(err)
	}
	check(t, "0.0.0.5-0.0.0.6 1.0.0.0-1.0.0.255", texts(s.Ranges()))
	check(t, []string{"2: no comma in '16777217'", "3: range '2'-'1' is empty (stop < start)", "4: invalid range 'x'-'y' (x)"}, bad)
	if s, err := ReadIntervals(t.Context(), strings.NewReader("x\n1,1\n"), nil); s.Len() != 1 || err != nil {
		t.Error(s, err)
	}
}

func TestReadErrors(t *testing.T) {
	boom := errors.New("boom")
	if _, err := ReadFile(t.Context(), "f", iotest.ErrReader(boom)); !errors.Is(err, boom) || err.Error() != "line 1: boom" {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	if _, err := ReadRoutes(ctx, strings.NewReader(strings.Repeat("10/8\n", 5000)), nil); err != boom {
		t.Error(err)
	}
}

// FuzzRead checks that sets that were read can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add("# comment\n192.0.2.1\n192.0.2.3 - 192.0.2.9\n10/8 # x\n::1-::2")
	f.Add("1.0.0.0/24\t13335\n1.0.1.0/24 64496")
	f.Add("16777216,16777471\n::,::1")
	f.Fuzz(func(t *testing.T, text string) {
		routes, err := ReadRoutes(t.Context(), strings.NewReader(text), nil)
		check(t, nil, err)
		intervals, err := ReadIntervals(t.Context(), strings.NewReader(text), nil)
		check(t, nil, err)
		file, err := ReadFile(t.Context(), "f", strings.NewReader(text))
		if err != nil && file.Len() > 0 {
			t.Fatalf("%v in spite of %v", texts(file.Ranges()), err)
		}
		for _, s := range []Set{routes, intervals, file} {
			var b bytes.Buffer
			if err := WriteIntervals(&b, s); err != nil {
				t.Fatal(err)
			}
			again, err := ReadIntervals(t.Context(), &b, func(n int, err error) { t.Fatal(n, err) })
			check(t, nil, err)
			check(t, s.Ranges(), again.Ranges())
			lines := write(t, false, s.Ranges(), Options{Output: Ranges})
			if again, err = ReadFile(t.Context(), "f", strings.NewReader(lines)); err != nil {
				t.Fatal(err)
			}
			check(t, s.Ranges(), again.Ranges())
		}
	})
}
