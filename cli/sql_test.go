package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestSQL(t *testing.T) {
	db := serverFlag(storetest.New(t))
	for _, c := range []struct {
		name, stdin string
		args        []string
		want        result
	}{
		{"default format", "", []string{"SELECT 1, 'a\tb'"}, result{out: "1\ta\\tb\n"}},
		{"--format", "", []string{"-f", "JSONEachRow", "SELECT 1 AS x"}, result{out: "{\"x\":1}\n"}},
		{"a FORMAT clause wins", "", []string{"-f", "JSONEachRow", "SELECT 1 AS x FORMAT CSV"}, result{out: "1\n"}},
		{"vertical", "", []string{`SELECT 1 AS x\G`}, result{out: "Row 1:\n──────\nx: 1\n"}},
		{"two statements", "", []string{"SELECT 1; SELECT ';';"}, result{out: "1\n;\n"}},
		{"no statement", "", []string{" -- nothing"}, result{code: 1, err: "no statement"}},
		{"the store's database", "", []string{"SELECT count() FROM flows"}, result{out: "0\n"}},
		{"syntax", "", []string{"SELEKT 1"}, result{code: 1, err: "SYNTAX_ERROR, code 62"}},
		{"unknown table", "", []string{"SELECT 1 FROM nosuch"}, result{code: 1, err: "ivre: Unknown table expression identifier 'nosuch'"}},
		{"unknown format", "", []string{"-f", "Nosuch", "SELECT 1"}, result{code: 1, err: "Unknown format"}},
		{"reading only", "", []string{"CREATE TABLE x (a Int8) ENGINE = Memory"}, result{code: 1, err: "needs --write"}},
		{"settings of a query", "", []string{"SELECT getSetting('max_threads') SETTINGS max_threads = 3, join_use_nulls = true"}, result{out: "3\n"}},
		{"settings of the session", "", []string{"SET max_threads = 1"}, result{code: 1, err: "needs --write"}},
		{"reading only is no such setting", "", []string{"SELECT getSetting('readonly') SETTINGS readonly = 0"}, result{code: 1, err: "needs --write"}},
		{"nor is the database", "", []string{"SELECT currentDatabase() = 'system' SETTINGS database = 'system'"}, result{code: 1, err: "database"}},
		{"files stay closed", "", []string{"SELECT * FROM file('/etc/hostname', 'LineAsString')"}, result{code: 1, err: "needs --write"}},
		{"from standard input", "SELECT 1;\n-- x\nSELECT\n2;\n\nSELECT 3", nil, result{out: "1\n2\n3\n"}},
		{"an error ends it", "SELECT 1; SELECT nosuch; SELECT 3;", nil, result{out: "1\n", code: 1, err: "nosuch"}},
		{"nothing on standard input", "\n", nil, result{}},
		{"create", "", []string{"--write", "CREATE TABLE notes (a UInt32, b String) ENGINE = MergeTree ORDER BY a"}, result{}},
		{"data behind a statement", "1,x\n2,\"y;\n\"\n", []string{"-w", "INSERT INTO notes FORMAT CSV"}, result{}},
		{"data on standard input", "SELECT max(a) FROM notes;\nINSERT INTO notes FORMAT CSV\n3,z;\n4,w\n", []string{"-w"}, result{out: "2\n"}},
		{"values", "INSERT INTO notes VALUES (5, ';');\nSELECT groupArray(b) FROM (SELECT b FROM notes ORDER BY a)", []string{"-w", "-f", "TSVRaw"}, result{out: "['x','y;\\n','z;','w',';']\n"}},
		{"bad data", "x\n", []string{"-w", "INSERT INTO notes FORMAT CSV"}, result{code: 1, err: "Cannot parse"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, c.name, runWith(t, c.stdin, append([]string{"sql", db}, c.args...)...), c.want)
		})
	}
}

// TestSQLFailsHalfWay has a query fail after its answer has begun, in formats that end differently.
func TestSQLFailsHalfWay(t *testing.T) {
	db := serverFlag(storetest.New(t))
	for _, format := range []string{"TSV", "JSON", "CSV", "Native", "Pretty"} {
		got := run(t, "sql", db, "-f", format, "SELECT number, throwIf(number = 4000000) FROM numbers(6000000)")
		if got.code != 1 || !strings.Contains(got.err, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, code 395") {
			t.Errorf("%s: status %d, %s", format, got.code, got.err)
		}
		if strings.Contains(got.out, "__exception__") || strings.Contains(got.out, "DB::Exception") {
			t.Errorf("%s: the message stands in the answer", format)
		}
	}
}

func TestSQLStreams(t *testing.T) {
	s := storetest.New(t)
	cmd := program(t, "sql", serverFlag(s), "SELECT number FROM system.numbers")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<20)
	for n := 0; n < 8<<20; {
		m, err := out.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	out.Close() // as head does
	cmd.Wait()
	noQueryLeft(t, s, "FROM system.numbers")
}

func noQueryLeft(t *testing.T, s *store.Store, like string) {
	t.Helper()
	var n uint64
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		st := store.Statement{SQL: "SELECT count() FROM system.processes WHERE position(query, {like:String}) > 0 AND query_id != queryID()", Params: map[string]string{"like": like}}
		if err := s.QueryRow(context.Background(), st).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	t.Errorf("%d queries still run", n)
}

func TestSQLInterrupted(t *testing.T) {
	s := storetest.New(t)
	for _, c := range []struct {
		sig  syscall.Signal
		args []string
		code int
	}{
		{syscall.SIGINT, nil, 130},
		{syscall.SIGTERM, []string{"--write"}, 143},
	} {
		const slow = "SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))"
		cmd := program(t, append([]string{"sql", serverFlag(s), slow}, c.args...)...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		awaitQuery(t, s, slow)
		cmd.Process.Signal(c.sig)
		err := cmd.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != c.code || out.Len() > 0 || !strings.Contains(errs.String(), "interrupted") {
			t.Errorf("%v: %v, printed %q, %q", c.sig, err, out.String(), errs.String())
		}
		noQueryLeft(t, s, slow)
	}
}

func awaitQuery(t *testing.T, s *store.Store, text string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var n uint64
		st := store.Statement{SQL: "SELECT count() FROM system.processes WHERE query = {q:String}", Params: map[string]string{"q": text}}
		if err := s.QueryRow(context.Background(), st).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
	t.Fatal("the query did not start")
}
