package ipdata

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func asDB(t testing.TB, n uint32) []byte {
	return buildMMDB(t, "GeoLite2-ASN", rows{"1.2.3.0/24": asRow(n, "AS")})
}

func (db *DB) asOf(a string) int64 { return db.Lookup(addr(a)).ASNum.N }

func TestReload(t *testing.T) {
	dir := t.TempDir()
	db, w := open(t, Options{Dir: dir})
	step := func(what string, want int64, warning string) {
		t.Helper()
		w.take()
		db.Reload()
		if got := db.asOf("1.2.3.4"); got != want {
			t.Errorf("%s: AS %d, want %d", what, got, want)
		}
		if s := w.take(); (warning == "") != (s == "") || !strings.Contains(s, warning) {
			t.Errorf("%s: warning %q, want %q", what, s, warning)
		}
	}
	step("nothing", 0, "")
	path := put(t, dir, "asn.mmdb", asDB(t, 1))
	step("new file", 1, "")
	touch(t, put(t, dir, "asn.mmdb", asDB(t, 2)), time.Hour)
	step("new version", 2, "")
	kept := db.cur.Load()
	step("no change", 2, "")
	if db.cur.Load() != kept {
		t.Error("loaded again without a change")
	}
	put(t, dir, "asn.mmdb", []byte("damaged"))
	step("damaged version", 2, path)
	step("damaged version, again", 2, "")
	put(t, dir, "asn.mmdb", asDB(t, 3))
	step("repaired", 3, "")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	step("removed", 0, "")
	put(t, dir, "asn.mmdb", asDB(t, 4))
	step("back", 4, "")
	db.Close()
	step("closed", 0, "")
}

// A file that is cut short in place makes reads of the mapped pages fault. The program must survive this.
func TestTruncatedInPlace(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "asn.mmdb", asDB(t, 1))
	db, w := open(t, Options{Dir: dir})
	seq, err := db.Ranges(KindAS, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.take()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if got := db.asOf("1.2.3.4"); got != 0 {
		t.Errorf("AS %d", got)
	}
	if s := w.take(); !strings.Contains(s, path) || !strings.Contains(s, "in place") {
		t.Errorf("warning: %q", s)
	}
	for r := range seq {
		t.Errorf("a range of a broken file: %v", r)
	}
	db.Reload()
	if s := w.take(); !strings.Contains(s, "is empty") {
		t.Errorf("warning: %q", s)
	}
	put(t, dir, "asn.mmdb", asDB(t, 2))
	db.Reload()
	if got := db.asOf("1.2.3.4"); got != 2 {
		t.Errorf("AS %d after a good version came", got)
	}
}

func TestTruncatedDuringIteration(t *testing.T) {
	dir := t.TempDir()
	many := rows{}
	for i := range 200 {
		a := addr4(uint32(i) << 24)
		many[a.String()+"/8"] = asRow(uint32(i), strings.Repeat(a.String(), 20))
	}
	path := put(t, dir, "asn.mmdb", buildMMDB(t, "GeoLite2-ASN", many))
	db, w := open(t, Options{Dir: dir})
	w.take()
	seq, err := db.Networks(nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range seq {
		if n++; n == 3 {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s := w.take(); n > 10 || !strings.Contains(s, "in place") {
		t.Errorf("%d networks, warning %q", n, s)
	}
}

// The caller's own panics pass through.
func TestPanicInLoop(t *testing.T) {
	db, w := open(t, Options{Dir: sample(t)})
	seq, err := db.Ranges(KindAS, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("recovered %v", p)
		}
		if s := w.take(); s != "" {
			t.Error(s)
		}
	}()
	for range seq {
		panic("mine")
	}
}

// Old versions stay mapped while they are used, and are unmapped afterwards.
func TestUnmap(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	dir := t.TempDir()
	path := put(t, dir, "asn.mmdb", asDB(t, 1))
	mapped := func() int {
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(maps), path)
	}
	db, _ := open(t, Options{Dir: dir})
	seq, err := db.Ranges(KindAS, nil)
	if err != nil {
		t.Fatal(err)
	}
	touch(t, put(t, dir, "asn.mmdb", asDB(t, 2)), time.Hour)
	db.Reload()
	runtime.GC()
	runtime.GC()
	for _, e := range seq {
		if e.ASNum != 1 {
			t.Errorf("the running iteration sees AS %d", e.ASNum)
		}
	}
	if mapped() != 2 {
		t.Errorf("%d versions are mapped while one is iterated over", mapped())
	}
	runtime.KeepAlive(seq)
	seq = nil
	deadline := time.Now().Add(10 * time.Second)
	for mapped() > 1 && time.Now().Before(deadline) {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if n := mapped(); n != 1 {
		t.Errorf("%d versions are mapped", n)
	}
	if got := db.asOf("1.2.3.4"); got != 2 {
		t.Errorf("AS %d", got)
	}
}

func TestLookupsCheckFiles(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "asn.mmdb", asDB(t, 1))
	db, _ := open(t, Options{Dir: dir, CheckEvery: time.Hour})
	touch(t, put(t, dir, "asn.mmdb", asDB(t, 2)), time.Hour)
	if got := db.asOf("1.2.3.4"); got != 1 {
		t.Errorf("checked too early: AS %d", got)
	}
	db.timer.Reset(1)
	for deadline := time.Now().Add(10 * time.Second); !db.due.Load() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if got := db.asOf("1.2.3.4"); got != 2 {
		t.Errorf("not checked: AS %d", got)
	}
	if db.due.Load() || !db.timer.Stop() {
		t.Error("there will be no further check")
	}
}

func TestConcurrentReload(t *testing.T) {
	dir := t.TempDir()
	versions := [][]byte{asDB(t, 1), asDB(t, 2)}
	put(t, dir, "asn.mmdb", versions[0])
	db, w := open(t, Options{Dir: dir, CheckEvery: time.Millisecond})
	w.take()
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if n := db.asOf("1.2.3.4"); n != 1 && n != 2 {
					t.Errorf("AS %d", n)
					return
				}
			}
		})
	}
	for i := range 50 {
		touch(t, put(t, dir, "asn.mmdb", versions[i%2]), time.Duration(i)*time.Minute)
		time.Sleep(time.Millisecond)
		if i%10 == 0 {
			runtime.GC()
		}
	}
	close(stop)
	wg.Wait()
	if s := w.take(); s != "" {
		t.Error(s)
	}
}
