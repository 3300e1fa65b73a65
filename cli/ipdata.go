package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ivre/ingest/addrrange"
	"ivre/ingest/ipdata"
	"ivre/sql/geography"
	"ivre/sql/store"
)

type ipdataCommand struct {
	IPs       []string `arg:"" optional:"" name:"address" help:"Addresses, also as decimal numbers."`
	Download  bool     `help:"Fetch the files that IPDATA_URLS names into GEOIP_PATH, as far as there are newer ones, and unpack them."`
	Unpack    []string `placeholder:"FILE" sep:"none" help:"Unpack a file that was fetched otherwise (.tar.gz, .zip, BGP.raw) into GEOIP_PATH; may be repeated."`
	ImportAll bool     `help:"Make the tables (*.dump-IPv4.csv) of the databases (*.mmdb)."`
	ToSQL     bool     `name:"to-sql" help:"Put networks, countries and systems into the database, as dictionaries geo and asn for SQL."`
	Quiet     bool     `short:"q" help:"Do not tell what is fetched."`
	JSON      bool     `short:"j" name:"json" help:"JSON, one object per address."`
}

// Help is shown by --help.
func (*ipdataCommand) Help() string {
	return `Tells what is known of addresses: autonomous system, country, place, tags. It needs databases in the format of
MaxMind (*.mmdb: City, Country, ASN) in the folder that GEOIP_PATH names.

With --to-sql, SQL can look addresses up:

  SELECT dictGet('geo', 'country_code', src) AS country, sum(csbytes + scbytes) AS bytes
  FROM flows GROUP BY country ORDER BY bytes DESC

Examples:
  ivre ipdata 192.0.2.1
  ivre ipdata --json 192.0.2.1 2001:db8::1
  ivre ipdata --unpack GeoLite2-City.tar.gz --import-all
  ivre ipdata --to-sql`
}

// Run answers.
func (c *ipdataCommand) Run(e *env) error {
	settings, err := e.config()
	if err != nil {
		return err
	}
	dir := shareDir(settings.GeoIPPath, "geoip")
	if (c.Download || len(c.Unpack) > 0) && dir == "" {
		return errors.New("set GEOIP_PATH to the folder for the databases")
	}
	ctx, stop := e.interruptible()
	defer stop()
	if c.Download {
		d := downloader{env: e, dir: dir, quiet: c.Quiet, key: settings.MaxMindLicenseKey}
		if err := d.all(ctx, settings.IPDataURLs); err != nil {
			return err
		}
	}
	for _, file := range c.Unpack {
		written, err := ipdata.Unpack(dir, file)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "ivre: %s: unpacked %s\n", file, strings.Join(written, ", "))
	}
	db, err := e.addressData()
	if err != nil {
		return err
	}
	if c.ImportAll {
		written, err := db.WriteDumps()
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "ivre: %d tables written\n", len(written))
	}
	if c.ToSQL {
		err := e.withStore(true, func(ctx context.Context, s *store.Store) error {
			n, err := geography.Fill(ctx, s, db)
			if err == nil {
				fmt.Fprintf(e.stderr, "ivre: %d networks stored; dictionaries geo and asn\n", n)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return c.lookups(e, db)
}

func (c *ipdataCommand) lookups(e *env, db *ipdata.DB) error {
	out := bufio.NewWriter(e.stdout)
	for _, text := range c.IPs {
		a, err := addrrange.ParseAddrOrInt(text)
		var infos ipdata.Infos
		if err != nil {
			fmt.Fprintf(e.stderr, "ivre: Invalid IP address ['%s']!\n", text)
		} else {
			infos = db.Lookup(a)
			text = a.String()
		}
		if c.JSON {
			out.Write(append(infos.AppendWithAddr(nil, text), '\n'))
			continue
		}
		fmt.Fprintln(out, text)
		out.Write(infos.AppendText(nil))
	}
	return out.Flush()
}

// all fetches files that are newer than those in the folder, and unpacks them.
func (d *downloader) all(ctx context.Context, urls map[string]string) error {
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return err
	}
	var fresh []string
	names := make([]string, 0, len(urls))
	for name := range urls {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		url := urls[name]
		if url == "" && strings.HasPrefix(name, "GeoLite2-") && !strings.HasPrefix(name, "GeoLite2-dumps.") && d.key != "" {
			edition, suffix, _ := strings.Cut(name, ".")
			url = "https://download.maxmind.com/app/geoip_download?edition_id=" + edition + "&suffix=" + suffix + "&license_key=" + d.key
		}
		if url == "" || filepath.Base(name) != name {
			continue
		}
		path := filepath.Join(d.dir, name)
		changed, err := d.step(ctx, path, func() (bool, error) { return fetch(ctx, url, path, nil) })
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if changed {
			fresh = append(fresh, path)
		}
	}
	for _, path := range fresh {
		if _, err := ipdata.Unpack(d.dir, path); err != nil {
			fmt.Fprintln(d.env.stderr, "ivre:", err)
		}
	}
	return nil
}
