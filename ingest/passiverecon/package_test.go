package passiverecon_test

import (
	"context"
	"strings"
	"testing"

	"ivre/ingest/passive"
	"ivre/ingest/passiverecon"
	"ivre/ingest/zeekscript"
)

// What the Zeek package writes is what the importer reads.
func TestPackage(t *testing.T) {
	var names, types, values []string
	for _, c := range zeekscript.Columns() {
		names, types = append(names, c.Name), append(types, c.Type)
		value, ok := map[string]string{"ts": "1704164645.5", "host": "192.0.2.1", "srvport": "80", "recon_type": zeekscript.EnumPrefix + "KIND"}[c.Name]
		if !ok {
			value = "a " + c.Name
		}
		values = append(values, value)
	}
	for _, kind := range zeekscript.Recontypes() {
		line := strings.Replace(strings.Join(values, "\t"), "KIND", kind, 1)
		log := "#separator \\x09\n#fields\t" + strings.Join(names, "\t") + "\n#types\t" + strings.Join(types, "\t") + "\n" + line + "\n"
		n := 0
		_, err := passiverecon.Read(context.Background(), strings.NewReader(log), passiverecon.Options{}, func(r *passive.Record) error {
			n++
			if r.Recontype != kind || r.Addr.String() != "192.0.2.1" || r.Port != 80 || r.Source != "a source" || r.Value != "a value" || r.TargetVal != "" || r.First.UnixMilli() != 1704164645500 {
				t.Errorf("%+v", r)
			}
			return nil
		})
		if err != nil || n != 1 {
			t.Errorf("%s: %d records, %v", kind, n, err)
		}
	}
}
