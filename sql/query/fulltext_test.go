package query_test

import (
	"strconv"
	"testing"

	"ivre/sql/query"
)

func TestFullText(t *testing.T) {
	hosts := map[string]string{
		"A": `{"ports": [{"port": 80, "service_product": "Apache httpd", "scripts": [{"id": "http-title", "output": "Café servers (login)"}]}]}`,
		"B": `{"hostnames": [{"name": "login.example.com"}], "tags": [{"value": "CDN", "info": ["Apache Traffic Server"]}]}`,
		"C": `{"categories": ["apachex"], "ports": [{"port": 22, "state_state": "login"}]}`,
	}
	for _, c := range []struct{ text, want string }{
		{`apache`, "A B"},
		{`APACHE`, "A B"},
		{`apachex`, "C"},
		{`cafe`, "A"}, {`CAFÉ`, "A"},
		{`server`, "A B"}, {`servers`, "A B"}, // by their stem
		{`login`, "A B"}, // not in a field that is no text
		{`cdn cafe`, "A B"},
		{`the cafe`, "A"}, // stop words count for nothing
		{`apache -cafe`, "B"},
		{`"apache httpd"`, "A"}, {`"httpd apache"`, ""},
		{`"apache" "login"`, "A B"}, {`"traffic server" nope`, "B"},
		{`apache -"traffic server"`, "A"},
		{`example.com`, "B"},
		{`nope`, ""},
	} {
		f := `{"f":"text","a":[` + strconv.Quote(c.text) + `]}`
		cond, err := query.ParseJSON([]byte(f), scans)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := matching(t, cond, hosts); got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}
