package nmapxml

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

var realReports = []string{"nmap-A.xml", "nmap-ipv6.xml", "nmap-udp.xml", "masscan.xml"}

func realReport(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// tokens lists what the tokenizer makes of a document, all texts included. Where it fails the list ends.
func tokens(r io.Reader) ([]string, error) {
	t := newTokenizer(context.Background(), r)
	rd := &reader{t: t}
	if err := rd.prolog(); err != nil {
		return nil, err
	}
	var out []string
	t.keepFrom()
	for {
		tok, err := t.next()
		if err != nil {
			return out, err
		}
		if len(t.text) > 0 {
			out = append(out, fmt.Sprintf("text %q", t.text))
			t.text = t.text[:0]
		}
		switch tok {
		case tokenEnd:
			return out, nil
		case tokenClose:
			out = append(out, fmt.Sprintf("close %s", t.name()))
		case tokenStart:
			s := fmt.Sprintf("start %s", t.name())
			for i := range t.attrs {
				a := &t.attrs[i]
				s += fmt.Sprintf(" %s=%q", t.attrStr(a), t.str(a))
			}
			out = append(out, s)
			if t.empty {
				out = append(out, fmt.Sprintf("close %s", t.name()))
			}
		}
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ name, text, want, err string }{
		{"quotes", `<a b="x'y" c='x"y'/>`, `start a b="x'y" c="x\"y"|close a`, ""},
		{"blanks", "\r\n\t<a\n b = \t\"1\"\r\n  c\n=\n'2'  ></a \t>\n", `start a b="1" c="2"|close a|text "\n"`, ""},
		{"no blanks between attributes", `<a b="1"c="2">`, `start a b="1" c="2"`, ""},
		{"empty values", `<a b="" c=''/>`, `start a b="" c=""|close a`, ""},
		{"greater than in a value", `<a b="x>y/>">`, `start a b="x>y/>"`, ""},
		{"predefined entities", `<a b="&lt;&gt;&amp;&quot;&apos;">&lt;&gt;&amp;&quot;&apos;`, `start a b="<>&\"'"|text "<>&\"'"`, ""},
		{"character references", `<a b="&#65;&#x42;&#x1F600;&#xe9;&#10;&#9;">`, `start a b="AB😀é\n\t"`, ""},
		{"references of no character", `<a b="&#0;&#xd800;&#x110000;&#99999999999999999999;"/>`, `start a b="` + "\ufffd\ufffd\ufffd\ufffd" + `"|close a`, ""},
		{"no references", `<a b="&;&#;&#x;&#xg;&#1f; & &amp">`, `start a b="&;&#;&#x;&#xg;&#1f; & &amp"`, ""},
		{"other entities", `<a b="&x;&lolol;">&xxe;`, `start a b="&x;&lolol;"|text "&xxe;"`, ""},
		{"a resolved reference is not resolved again", `<a b="&amp;lt;&#38;gt;">`, `start a b="&lt;&gt;"`, ""},
		{"ends of lines", "<a b=\"1\r\n2\r3\n4\t5\">1\r\n2\r3\n4\t5", `start a b="1 2 3 4 5"|text "1\n2\n3\n4\t5"`, ""},
		{"comments", `<a><!-- <b> -- &x; ' " --><!----><!-- --><c/>`, `start a|start c|close c`, ""},
		{"CDATA", "<a>x<![CDATA[<b>&amp; ]] ]>\r\n]]]>y</a>", `start a|text "x<b>&amp; ]] ]>\n]y"|close a`, ""},
		{"processing instructions", `<?xml version="1.0"?><?xsl href="?>"?><a><? > ?></a>`, `text "\"?>"|start a|close a`, ""},
		{"document type", `<!DOCTYPE a SYSTEM "x>y" [<!ENTITY b "<!-- ]>"><!-- ' > --> <!ELEMENT c (#PCDATA)>] ><a/>`, `start a|close a`, ""},
		{"control characters", "<a b=\"\x00\x01\x1f\x7f\">\x00\x01", `start a b="` + "\ufffd" + `\x01\x1f\x7f"|text "` + "\ufffd" + `\x01"`, ""},
		{"UTF-8", `<a é="ß中😀">ü`, `start a é="ß中😀"|text "ü"`, ""},
		{"invalid UTF-8", "<a b=\"x\xffy\xc3\">\xe4\xb8", `start a b="x` + "\ufffdy\ufffd" + `"|text "` + "\ufffd\ufffd" + `"`, ""},
		{"byte order mark", "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a/>", `start a|close a`, ""},
		{"ISO-8859-1", "<?xml version=\"1.0\" encoding = 'ISO-8859-1' ?><a b=\"\xe9\xff\">\xdf<![CDATA[\xfc]]>", `start a b="éÿ"|text "ßü"`, ""},
		{"US-ASCII", `<?xml version="1.0" encoding="US-ASCII"?><a b="&#233;"/>`, `start a b="é"|close a`, ""},
		{"no declaration", `<?xmlfoo encoding="x"?><a/>`, `start a|close a`, ""},

		{"no name", `<a>< b>`, `start a`, "without the name"},
		{"tag in a tag", `<a <b>`, ``, `'<' in a tag`},
		{"no value", `<a b>`, ``, `'>' where '=' must be`},
		{"no quotes", `<a b=1>`, ``, `'1' where the value`},
		{"less than in a value", `<a b="1><c d="2">`, ``, `'<' in the value`},
		{"slash", `<a / b="1">`, ``, `' ' where '>' must be`},
		{"attribute in an end tag", `</a b>`, ``, `'b' where '>' must be`},
		{"NUL in a tag", "<a \x00>", ``, `'\x00' in a tag`},
		{"other declaration", `<a><!ENTITY x "y">`, `start a`, "a declaration"},
		{"ends in a tag", `<a b="1"`, ``, "unexpected end"},
		{"ends in a value", `<a b="1`, ``, "unexpected end"},
		{"ends in a comment", `<a><!-- x --`, `start a`, "unexpected end"},
		{"ends in CDATA", `<a><![CDATA[x]]`, `start a`, "unexpected end"},
		{"ends in the document type", `<!DOCTYPE a [ <!ENTITY b "c"> ]`, ``, "unexpected end"},
		{"ends in an end tag", `<a></a`, `start a`, "unexpected end"},
		{"too many attributes", "<a " + strings.Repeat(`b="" `, maxAttrs+1) + ">", ``, "more than 256 attributes"},
		{"endless document type", "<!DOCTYPE a [" + strings.Repeat("<!ENTITY b 'c'>", maxDoctype/15) + "]><a/>", ``, "document type"},
	} {
		for _, r := range readers(c.text) {
			got, err := tokens(r.r)
			if diff := cmp.Diff(c.want, strings.Join(got, "|")); diff != "" {
				t.Errorf("%s, %s: (-want +got)\n%s", c.name, r.name, diff)
			}
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s, %s: error %v, want %q", c.name, r.name, err, c.err)
			}
		}
	}
}

type namedReader struct {
	name string
	r    io.Reader
}

// readers are readers of a text that give it in different pieces.
func readers(text string) []namedReader {
	return []namedReader{
		{"at once", strings.NewReader(text)},
		{"byte by byte", iotest.OneByteReader(strings.NewReader(text))},
		{"with the end", iotest.DataErrReader(strings.NewReader(text))},
	}
}

// TestEncodings has documents whose encoding is not supported.
func TestEncodings(t *testing.T) {
	for text, want := range map[string]string{
		`<?xml version="1.0" encoding="UTF-16"?><nmaprun/>`:       `"UTF-16" is not supported`,
		`<?xml version="1.0" encoding="windows-1252"?><nmaprun/>`: `"windows-1252" is not supported`,
		"\xff\xfe<\x00n\x00":                `"UTF-16"`,
		"\xfe\xff\x00<":                     `"UTF-16"`,
		"\x00<\x00n":                        `"UTF-16"`,
		`<?xml encoding=utf-8?><nmaprun/>`:  "declaration is malformed",
		`<?xml encoding="utf-8?><nmaprun/>`: "declaration is malformed",
		`<?xml encoding`:                    "incomplete",
		" \n\t":                             "it is empty",
		"Starting Nmap 7.93":                "does not start with '<'",
	} {
		_, res, err := read(t, text, Options{})
		if err == nil || !strings.Contains(err.Error(), want) || res.Hosts != 0 {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// standardTokens lists what encoding/xml makes of a document, in the same form. ok is false if it is of another
// opinion about what is allowed, or if the document has something that it treats in another way on purpose.
func standardTokens(text []byte) (out []string, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(text))
	if bytes.ContainsRune(text, ':') || bytes.Contains(text, []byte("encoding")) {
		return nil, false // names with a prefix are split, other encodings refused
	}
	data := ""
	flush := func() {
		if data != "" {
			out = append(out, fmt.Sprintf("text %q", data))
		}
		data = ""
	}
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			flush()
			return out, true
		}
		if err != nil {
			return nil, false
		}
		switch e := tok.(type) {
		case xml.StartElement:
			flush()
			s := "start " + e.Name.Local
			for _, a := range e.Attr {
				if strings.ContainsAny(a.Value, "\t\r\n") { // it keeps blanks as they are
					return nil, false
				}
				s += fmt.Sprintf(" %s=%q", a.Name.Local, a.Value)
			}
			out = append(out, s)
		case xml.EndElement:
			flush()
			out = append(out, "close "+e.Name.Local)
		case xml.CharData:
			data += string(e)
		case xml.Directive:
			if !bytes.HasPrefix(e, []byte("DOCTYPE")) {
				return nil, false
			}
		}
	}
}

// compareToStandard compares the tokenizer with encoding/xml, where that reads the document to its end.
func compareToStandard(t *testing.T, text []byte) bool {
	t.Helper()
	text = bytes.TrimLeft(text, " \t\r\n") // not reported here
	want, ok := standardTokens(text)
	if !ok {
		return false
	}
	got, err := tokens(bytes.NewReader(text))
	if err != nil && !strings.Contains(err.Error(), "it is empty") && !strings.Contains(err.Error(), "does not start with") {
		t.Fatalf("%v, but encoding/xml reads %.300q", err, text)
	}
	if err == nil {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%.300q: (-encoding/xml +got)\n%s", text, diff)
		}
	}
	return true
}

func TestAgainstEncodingXML(t *testing.T) {
	for _, name := range realReports {
		text := bytes.ReplaceAll(realReport(t, name), []byte(":"), []byte("."))
		text = bytes.ReplaceAll(text, []byte(` encoding="UTF-8"`), nil)
		text = bytes.ReplaceAll(text, []byte("&#xa;"), []byte("&#x20;"))
		if !compareToStandard(t, text) {
			t.Errorf("%s: encoding/xml does not read it", name)
		}
	}
}

func FuzzTokens(f *testing.F) {
	f.Add([]byte(`<a b="1" c='&lt;&#x41;'><!-- d --><e/>&amp;<![CDATA[<f>]]></a>`))
	f.Add([]byte(`<!DOCTYPE nmaprun [<!ENTITY a "b">]><nmaprun>é` + "\r\n" + `</nmaprun>`))
	f.Add(realReport(f, "nmap-udp.xml"))
	f.Add(realReport(f, "masscan.xml"))
	f.Fuzz(func(t *testing.T, text []byte) {
		compareToStandard(t, text)
		whole, err := tokens(bytes.NewReader(text))
		pieces, err2 := tokens(iotest.OneByteReader(bytes.NewReader(text)))
		if diff := cmp.Diff(whole, pieces); diff != "" || fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("%v, byte by byte %v (-whole +pieces)\n%s", err, err2, diff)
		}
	})
}
