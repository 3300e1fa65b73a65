package webdata

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"
)

// steady checks that a list that was made is one, and is what is made of itself.
func steady(t *testing.T, made func([]byte) ([]byte, error), download []byte) {
	list, err := made(download)
	if err != nil {
		return
	}
	again, err := made(list)
	if err != nil || !bytes.Equal(list, again) {
		t.Errorf("%q makes %q, and this %q, error %v", download, list, again, err)
	}
}

func FuzzAddresses(f *testing.F) {
	f.Add([]byte("198.51.100.9\n192.0.2.0/24\n2001:db8::1 # x\n::ffff:192.0.2.0/120"))
	f.Add([]byte("\ufeff<html>"))
	f.Fuzz(func(t *testing.T, download []byte) { steady(t, Addresses, download) })
}

func FuzzPages(f *testing.F) {
	f.Add([]byte("<p>198.51.100.9<br><code>192.0.2.0</code>/24 2001:db8::1<script>1.1.1.1</script>"))
	f.Add([]byte("<!-- 1.1.1.1 --><style>2.2.2.2</STYLE >&#x2F;&nbsp; 9.9.9.9/"))
	f.Fuzz(func(t *testing.T, download []byte) {
		steady(t, PageAddresses, download)
		steady(t, PageNetworks, download)
		azureLink(download)
	})
}

// FuzzTables checks that tables are whole: slices in order, up to the last address, and each with a label.
func FuzzTables(f *testing.F) {
	f.Add([]byte(`{"cdn": {"a": ["192.0.2.0/24", "192.0.2.0/25"], "b": ["ffff::/16", "192.0.2.7"]}}`))
	f.Add([]byte(awsList))
	f.Add([]byte(azureList))
	f.Fuzz(func(t *testing.T, download []byte) {
		for _, made := range []func([]byte) ([]byte, error){CDN, func(d []byte) ([]byte, error) { return GovCloud(d, nil) }, func(d []byte) ([]byte, error) { return GovCloud(nil, d) }} {
			if table, err := made(download); err == nil {
				checkTable(t, table)
			}
		}
	})
}

func checkTable(t *testing.T, table []byte) {
	var parts [2][]any
	d := json.NewDecoder(bytes.NewReader(table))
	d.UseNumber()
	if err := d.Decode(&parts); err != nil {
		t.Fatal(err)
	}
	if len(parts[0]) != len(parts[1]) {
		t.Fatalf("%d slices, %d labels", len(parts[0]), len(parts[1]))
	}
	last := big.NewInt(-1)
	for i, n := range parts[0] {
		stop, ok := new(big.Int).SetString(string(n.(json.Number)), 10)
		if !ok || stop.Cmp(last) <= 0 {
			t.Fatalf("slice %d ends at %v, the one before at %v", i, n, last)
		}
		last = stop
	}
	if last.String() != top {
		t.Fatalf("the table ends at %v", last)
	}
}
