package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatements(t *testing.T) {
	const src = "\ufeff" + `#!/usr/bin/python
"""What this file
is for."""
import os, sys
DB = "clickhouse://db/ivre"   # a comment
WEB_LIMIT=25; WEB_UPLOAD_OK = True ; DEBUG = compute()
from x import (
    a,
    b,
)
if os.name == "posix":
    DB = "in a block"

    DEBUG = True
else:
	DEBUG = False
KNOWN_PORTS = {
    "tcp": {8080: 0.5,  # one
            9090: 0.5},
}
A = B = 1
C, D = 1, 2
E += 1
F["x"] = 1
G: int = 1
H == 1
   I = 1
long_call("` + "0123456789012345678901234567890123456789012345678901234567890123456789" + `",
          1)
Z = (1,
2)`
	found, left, err := statements(src)
	if err != nil {
		t.Fatal(err)
	}
	want := []assignment{
		{5, "DB", "clickhouse://db/ivre"},
		{6, "WEB_LIMIT", int64(25)},
		{6, "WEB_UPLOAD_OK", true},
		{17, "KNOWN_PORTS", dict{{"tcp", dict{{int64(8080), 0.5}, {int64(9090), 0.5}}}}},
		{30, "Z", []any{int64(1), int64(2)}},
	}
	if d := cmp.Diff(want, found, cmp.AllowUnexported(assignment{}, entry{})); d != "" {
		t.Error(d)
	}
	wantLeft := []leftOut{
		{4, "import os, sys"}, {6, "DEBUG = compute()"}, {7, "from x import ("}, {11, `if os.name == "posix":`}, {15, "else:"},
		{21, "A = B = 1"}, {22, "C, D = 1, 2"}, {23, "E += 1"}, {24, `F["x"] = 1`}, {25, "G: int = 1"}, {26, "H == 1"},
		{28, `long_call("0123456789012345678901234567890123456789012345678...`},
	}
	if d := cmp.Diff(wantLeft, left, cmp.AllowUnexported(leftOut{})); d != "" {
		t.Error(d)
	}
}

func TestIndentedWithoutBlock(t *testing.T) {
	found, left, err := statements("A = 1\n  B = 2\nC = 3\n")
	if err != nil || len(found) != 2 || len(left) != 1 || left[0] != (leftOut{2, "B = 2"}) {
		t.Errorf("%v, left out %v, error %v", found, left, err)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for src, want := range map[string]string{
		"A = 1\nB = [1,\n2\n":          "line 2: a bracket is opened here that is not closed",
		"A = 1\n\nB = 'x\nC = 1":       "line 3: a text starts here that is not closed",
		"A = [\n1,\n'x\n]":             "line 3: a text starts here that is not closed",
		"A = 1\nB = '''x\n\n":          "line 2: a text starts here that is not closed",
		"f(1,\n[2, 3\n":                "line 2: a bracket is opened here that is not closed",
		"A = 1\n\nB = '\xff'\n":        "line 3: this is not UTF-8",
		"A = '\ufffd'\nB = '\xc3\x28'": "line 2: this is not UTF-8",
	} {
		if _, _, err := statements(src); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
}

func FuzzStatements(f *testing.F) {
	f.Add("DB = 'x'  # y\nimport os\nif x:\n    A = 1\nB = [\n1,\n]; C = 2\n")
	f.Add("\"\"\"doc\"\"\"\nA = '''x\\\ny'''\r\nB=r'\\'' \\\n 'z'\n")
	f.Add("A = {'tcp': {80: .5}}\n\\\n  B = (\n")
	f.Fuzz(func(t *testing.T, src string) {
		found, left, err := statements(src)
		lines := 1 + strings.Count(src, "\n")
		if e, ok := err.(*syntaxError); err != nil && (!ok || e.line < 1 || e.line > lines) {
			t.Errorf("error %v", err)
		}
		last := 1
		for _, a := range found {
			if a.line < last || a.line > lines || a.name == "" || strings.ContainsAny(a.name, " =\n") {
				t.Errorf("assignment %+v", a)
			}
			last = a.line
		}
		for _, s := range left {
			if s.line < 1 || s.line > lines {
				t.Errorf("left out %+v", s)
			}
		}
	})
}
