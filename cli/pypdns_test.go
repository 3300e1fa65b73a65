package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/store/storetest"
)

// pypdns is the client that is tested against, as pip knows it.
const pypdns = "pypdns==2.3.2"

// pypdnsPython makes a virtual environment with the client in it, and returns its interpreter; why says what this
// machine lacks for that.
func pypdnsPython(dir string, env []string) (python, why string, err error) {
	install := func(name string, args ...string) (string, error) {
		cmd := exec.Command(name, args...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if _, err := exec.LookPath("python3"); err != nil {
		return "", "python3 is not installed", nil
	}
	if _, err := install("python3", "-c", "import venv, ensurepip"); err != nil {
		return "", "python3-venv is not installed", nil
	}
	if out, err := install("python3", "-m", "venv", dir); err != nil {
		return "", "", fmt.Errorf("python3 -m venv: %w: %s", err, out)
	}
	python = filepath.Join(dir, "bin", "python")
	out, err := install(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input", "--no-compile", "--retries=2", "--timeout=20", pypdns)
	switch {
	case err != nil && (strings.Contains(out, "connection broken by") || strings.Contains(out, "ConnectionError") || strings.Contains(out, "name resolution")):
		return "", "no package registry is within reach: " + strings.TrimSpace(out), nil
	case err != nil:
		return "", "", fmt.Errorf("pip install %s: %w: %s", pypdns, err, out)
	}
	return python, "", nil
}

// pypdnsQuestion is a call of the client.
type pypdnsQuestion struct {
	method, question string
	arguments        map[string]any
}

// pypdnsAsk asks with the client and returns an answer per question.
func pypdnsAsk(t *testing.T, python string, env []string, url, authorization string, questions []pypdnsQuestion) []any {
	t.Helper()
	list := []any{}
	for _, q := range questions {
		if q.arguments == nil {
			q.arguments = map[string]any{}
		}
		list = append(list, []any{q.method, q.question, q.arguments})
	}
	in, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/passive/pypdns_ask.py", url, authorization)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var answers []any
	if err := json.Unmarshal(out.Bytes(), &answers); err != nil || len(answers) != len(questions) {
		t.Fatalf("%v: %s", err, out.String())
	}
	return answers
}

// manyNames is more than the client asks for at once.
const manyNames = 120

// pypdnsLog has answers for all kinds of questions.
func pypdnsLog() string {
	lines := []string{
		"1704164800|C4|2001:db8::7|-|PassiveRecon::DNS_ANSWER|AAAA-2001:db8::53-53|www.example.com|-",
		"1704164900|C5|192.0.2.9|-|PassiveRecon::DNS_ANSWER|PTR-198.51.100.53-53|host9.example.net|-",
		"1704164900|C6|-|-|PassiveRecon::DNS_ANSWER|MX-198.51.100.53-53|example.com|mx.example.com",
	}
	for i := range manyNames {
		lines = append(lines, fmt.Sprintf("1704165000|C7|198.51.100.99|-|PassiveRecon::DNS_ANSWER|A-198.51.100.53-53|n%d.example.org|-", i))
	}
	return zeekLog(lines...)
}

// pypdnsCase is a call and what it returns: records, or the class of an exception.
type pypdnsCase struct {
	pypdnsQuestion
	want any
}

// pypdnsCases are about the records of passiveDNSLog and pypdnsLog.
func pypdnsCases() []pypdnsCase {
	a := []any{"www.example.com", "A", "192.0.2.1", 1704164645., 1704164700., 2., "S1"}
	cname := []any{"www.example.com", "CNAME", "cdn.example.net", 1704164600., 1704164600., 1., "S1"}
	aaaa := []any{"www.example.com", "AAAA", "2001:db8::7", 1704164800., 1704164800., 1., nil}
	ptr := []any{"host9.example.net", "PTR", "192.0.2.9", 1704164900., 1704164900., 1., nil}
	mx := []any{"example.com", "MX", "mx.example.com", 1704164900., 1704164900., 1., nil}
	dated := []any{"www.example.com", "A", "192.0.2.1", "2024-01-02T03:04:05+00:00", "2024-01-02T03:05:00+00:00", 2., "S1"}
	byName := map[string]any{"sort_by": "rrname"}
	return []pypdnsCase{
		{pypdnsQuestion{"rfc_query", "www.example.com", nil}, []any{cname, a, aaaa}},
		{pypdnsQuestion{"rfc_query", "www.example.com?type=A", map[string]any{"sort_by": "count"}}, []any{a}},
		{pypdnsQuestion{"rfc_query", "www.example.com?type=cname", nil}, []any{cname}},
		{pypdnsQuestion{"rfc_query", "www.example.com?type=AAAA", nil}, []any{aaaa}},
		{pypdnsQuestion{"rfc_query", "www.example.com?type=TXT", nil}, []any{}},
		{pypdnsQuestion{"rfc_query", "192.0.2.1", nil}, []any{a}},
		{pypdnsQuestion{"rfc_query", "2001:db8::7", nil}, []any{aaaa}},
		{pypdnsQuestion{"rfc_query", "192.0.2.0/24", byName}, []any{ptr, a}},
		{pypdnsQuestion{"rfc_query", "192.0.2.8/29", nil}, []any{ptr}},
		{pypdnsQuestion{"rfc_query", "2001:db8::/32", nil}, []any{aaaa}},
		{pypdnsQuestion{"rfc_query", "example.com", nil}, []any{mx}},
		{pypdnsQuestion{"rfc_query", "example.com?subdomains&type=A", nil}, []any{a}},
		{pypdnsQuestion{"rfc_query", "mx.example.com?reverse", nil}, []any{mx}},
		{pypdnsQuestion{"rfc_query", "nothing.example.com", nil}, []any{}},
		{pypdnsQuestion{"rfc_query", "203.0.113.0/24", nil}, []any{}},
		{pypdnsQuestion{"rfc_query", "192.0.2.0/33", nil}, "PDNSError"},
		{pypdnsQuestion{"query", "192.0.2.1", nil}, []any{dated}},
		{pypdnsQuestion{"query", "nothing.example.com", nil}, []any{}},
		{pypdnsQuestion{"iter_query", "cdn.example.net?reverse", nil}, []any{cname}},
		{pypdnsQuestion{"iter_query", "192.0.2.0/24?type=PTR", nil}, []any{ptr}},
		{pypdnsQuestion{"iter_query", "192.0.2.1", map[string]any{"break_on_errors": true}}, []any{a}},
		{pypdnsQuestion{"rfc_query", "www.example.com", map[string]any{"filter_rrtype": "CNAME"}}, []any{cname}},
		{pypdnsQuestion{"rfc_query", "www.example.com", map[string]any{"filter_rrtype": "TXT"}}, []any{}},
		{pypdnsQuestion{"iter_query", "192.0.2.0/24", map[string]any{"filter_rrtype": "PTR"}}, []any{ptr}},
	}
}

// TestPyPDNS asks the server with the PyPDNS client: what it answers has to be valid for it.
func TestPyPDNS(t *testing.T) {
	env := os.Environ() // before the tests' own is set: pip may need its settings
	type made struct {
		python, why string
		err         error
	}
	venv := make(chan made, 1)
	dir := filepath.Join(t.TempDir(), "venv")
	go func() {
		python, why, err := pypdnsPython(dir, env)
		venv <- made{python, why, err}
	}()
	db := storetest.New(t)
	flag := serverFlag(db)
	loadPassive(t, flag, "", "passiverecon2db", "-s", "S1", passiveDNSLog)
	loadPassive(t, flag, pypdnsLog(), "passiverecon2db")
	address, _ := startHTTPD(t, flag)
	m := <-venv
	switch {
	case m.err != nil:
		t.Fatal(m.err)
	case m.why != "":
		t.Skip("the PyPDNS client was not tested: " + m.why)
	}
	url, cases := address+"cgi/passivedns", pypdnsCases()
	var questions []pypdnsQuestion
	for _, c := range cases {
		questions = append(questions, c.pypdnsQuestion)
	}
	answers := pypdnsAsk(t, m.python, env, url, "Bearer x", questions)
	for i, c := range cases {
		if diff := cmp.Diff(c.want, answers[i]); diff != "" {
			t.Errorf("%s(%q, %v): %s", c.method, c.question, c.arguments, diff)
		}
	}
	// more records than it asks for at once
	names := map[any]bool{}
	many, _ := pypdnsAsk(t, m.python, env, url, "Bearer x", []pypdnsQuestion{{"iter_query", "198.51.100.99", nil}})[0].([]any)
	for _, r := range many {
		names[r.([]any)[0]] = true
	}
	if len(many) != manyNames || len(names) != manyNames {
		t.Errorf("%d records with %d names, not %d", len(many), len(names), manyNames)
	}
	// a page of another site cannot send such a header: without it, and without a Referer, there is no answer
	if got := pypdnsAsk(t, m.python, env, url, "", questions[:1]); !cmp.Equal(got, []any{"PDNSError"}) {
		t.Errorf("without a header: %v", got)
	}
	// times as texts are what the client does not take: the test would notice
	if got := pypdnsAsk(t, m.python, env, url, "Bearer x", []pypdnsQuestion{{"rfc_query", "192.0.2.1?datesasstrings=1", nil}}); !cmp.Equal(got, []any{"PDNSRecordTypeError"}) {
		t.Errorf("with times as texts: %v", got)
	}
}
