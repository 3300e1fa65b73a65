package query_test

import (
	"errors"
	"strings"
	"testing"

	"ivre/sql/query"
	"ivre/sql/tree"
)

// TestErrors checks that errors name the word at fault and say what is wrong with it.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ q, token, reason string }{
		// pages
		{`skip:a`, `skip:a`, `whole number`}, {`skip`, `skip`, `whole number`}, {`skip:`, `skip:`, `whole number`},
		{`limit:1.5`, `limit:1.5`, `whole number`}, {`limit`, `limit`, `whole number`}, {`limit:99999999999999999999`, `limit:99999999999999999999`, `whole number`},
		{`fields`, `fields`, `needs a list`}, {`sortby`, `sortby`, `needs a field`}, {`-sortby:`, `-sortby:`, `needs a field`},
		// values that are missing
		{`host`, `host`, `value is missing`}, {`-hostname`, `-hostname`, `value is missing`}, {`category`, `category`, `value is missing`},
		{`service`, `service`, `value is missing`}, {`product`, `product`, `value is missing`}, {`script`, `script`, `value is missing`},
		{`country`, `country`, `value is missing`}, {`hop`, `hop`, `value is missing`}, {`cert.sha256`, `cert.sha256`, `value is missing`},
		{`-cacert.subject`, `-cacert.subject`, `value is missing`}, {`sshkey.bits`, `sshkey.bits`, `value is missing`},
		{`ike.notification`, `ike.notification`, `value is missing`}, {`smb.os`, `smb.os`, `a key and a value`}, {`ntlm.:x`, `ntlm.:x`, `a key and a value`},
		{`search`, `search`, `value is missing`}, {`timeago`, `timeago`, `value is missing`}, {`httptitle`, `httptitle`, `value is missing`},
		// addresses
		{`host:192.0.2.256`, `host:192.0.2.256`, `invalid IP address`}, {`-host:`, `-host:`, `invalid IP address`}, {`host:4294967296`, `host:4294967296`, `invalid IP address`},
		{`net:x`, `net:x`, `invalid network`}, {`net:192.0.2./24`, `net:192.0.2./24`, `invalid network`}, {`net:192.0.2.0/`, `net:192.0.2.0/`, `invalid network`},
		{`net:/8`, `net:/8`, `invalid network`}, {`net:192.0.2/255.0.255.0`, `net:192.0.2/255.0.255.0`, `invalid network`}, {`net:192.0.2.0.0/8`, `net:192.0.2.0.0/8`, `invalid network`},
		{`192.0.2.0/33`, `192.0.2.0/33`, `invalid network`}, {`-2001:db8::/129`, `-2001:db8::/129`, `invalid network`}, {`net:2001:db8::/255.0.0.0`, `net:2001:db8::/255.0.0.0`, `invalid network`},
		{`range:192.0.2.1`, `range:192.0.2.1`, `a range is two addresses`}, {`range:192.0.2.1-`, `range:192.0.2.1-`, `invalid IP address`}, {`range:-192.0.2.1`, `range:-192.0.2.1`, `invalid IP address`},
		{`hop:x`, `hop:x`, `invalid IP address`}, {`hop:192.0.2.1:x`, `hop:192.0.2.1:x`, `time to live`}, {`hop:x:1`, `hop:x:1`, `invalid IP address`}, {`hop:192.0.2.1:`, `hop:192.0.2.1:`, `time to live is missing`},
		{`id:x`, `id:x`, `not the id of a record`}, {`id:`, `id:`, `id of a record is missing`}, {`-id:0123456789abcdef,1`, `-id:0123456789abcdef,1`, `not the id`},
		// numbers and times
		{`asnum:/64500/`, `asnum:/64500/`, `not the number of an AS`}, {`asnum:AS`, `asnum:AS`, `not the number of an AS`}, {`asnum:1,`, `asnum:1,`, `not the number of an AS`},
		{`open:x`, `open:x`, `not a list of ports`}, {`open:80,`, `open:80,`, `not a list of ports`}, {`filtered:sctp/1`, `filtered:sctp/1`, `not a list of ports`}, {`closed:`, `closed:`, `not a list of ports`},
		{`otheropenport:tcp/22`, `otheropenport:tcp/22`, `not a whole number`}, {`countports:a`, `countports:a`, `number of ports`}, {`countports:1-`, `countports:1-`, `number of ports`},
		{`countports:1-2-3`, `countports:1-2-3`, `number of ports`}, {`timerange:1`, `timerange:1`, `two times`}, {`timerange:1,2,3`, `timerange:1,2,3`, `two times`},
		{`timerange:a,2`, `timerange:a,2`, `not a time`}, {`timerange:1-NaN`, `timerange:1-NaN`, `not a time`}, {`timeago:1w`, `timeago:1w`, `no unit`}, {`timeago:d`, `timeago:d`, `not a length of time`},
		{`timeago:1.5d`, `timeago:1.5d`, `not a length of time`}, {`timeago:`, `timeago:`, `not a length of time`}, {`timeago:1é`, `timeago:1é`, `no unit`},
		{`service:http:x`, `service:http:x`, `not a port`}, {`service:http:`, `service:http:`, `port is missing`}, {`product:a:b:c`, `product:a:b:c`, `not a port`}, {`product:a:b:`, `product:a:b:`, `port is missing`},
		{`version:a:b:c:d`, `version:a:b:c:d`, `not a port`}, {`version:a:b:c:1:2`, `version:a:b:c:1:2`, `not a port`}, {`version:a:b:c:`, `version:a:b:c:`, `port is missing`},
		{`a<b`, `a<b`, `not a whole number`}, {`-ports.port>=1.5`, `-ports.port>=1.5`, `not a whole number`}, {`a<`, `a<`, `not a whole number`}, {`a<>1`, `a<>1`, `not a whole number`},
		// regular expressions
		{`city:/etc/passwd`, `city:/etc/passwd`, `unknown flag "p"`}, {`city:/a/l`, `city:/a/l`, `unknown flag "l"`}, {`city:/a/é`, `city:/a/é`, `unknown flag "é"`},
		{`city:/(/`, `city:/(/`, `Invalid regex pattern`}, {`city:/a**/`, `city:/a**/`, `Invalid regex pattern`}, {`city:/(?=a)/`, `city:/(?=a)/`, `Invalid regex pattern`},
		{`city:/(a)\1/`, `city:/(a)\1/`, `Invalid regex pattern`}, {`city:/[z-a]/`, `city:/[z-a]/`, `Invalid regex pattern`}, {"city:/\xff/", "", "Invalid regex pattern"},
		{`-cert.sha256:/[/`, `-cert.sha256:/[/`, `Invalid regex pattern`}, {`script:/(/:x`, `script:/(/:x`, `Invalid regex pattern`}, {`script:x:/(/`, `script:x:/(/`, `Invalid regex pattern`},
		{`cpe:a:/(/`, `cpe:a:/(/`, `Invalid regex pattern`}, {`tag:a:/(/`, `tag:a:/(/`, `Invalid regex pattern`}, {`httphdr:/(/:a`, `httphdr:/(/:a`, `Invalid regex pattern`}, {`httphdr:a:/(/`, `httphdr:a:/(/`, `Invalid regex pattern`},
		{`screenwords:/(/`, `screenwords:/(/`, `Invalid regex pattern`}, {`hassh:/(/`, `hassh:/(/`, `Invalid regex pattern`}, {`ssl-ja3-server:a:/(/`, `ssl-ja3-server:a:/(/`, `Invalid regex pattern`},
		{`product:/(/:a`, `product:/(/:a`, `Invalid regex pattern`}, {`file:a:/(/`, `file:a:/(/`, `Invalid regex pattern`}, {`ssl-ja4-client:/(/`, `ssl-ja4-client:/(/`, `Invalid regex pattern`},
		// the rest
		{`screenwords:a,/b/`, `screenwords:a,/b/`, `cannot hold regular expressions`}, {`smbshare:x`, `smbshare:x`, `no kind of access`},
		{`search:-`, `search:-`, `no word to search for`}, {`search:the`, `search:the`, `no word to search for`}, {`"search:` + strings.Repeat("xk ", 65) + `"`, "", `64 words at most`},
	} {
		q, err := query.Parse(c.q, view)
		var e *query.Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("%s: %v, %s", c.q, err, tree.Format(q.Filter))
		case c.token != "" && e.Token != c.token || !strings.Contains(e.Reason, c.reason):
			t.Errorf("%s: token %q, reason %q", c.q, e.Token, e.Reason)
		}
		// what stands before and after it does not matter
		if _, again := query.Parse(`80 foo `+c.q+` bar`, view); again == nil || again.Error() != err.Error() {
			t.Errorf("%s among others: %v", c.q, again)
		}
	}
}

// TestLongErrors checks that messages do not repeat words of any length.
func TestLongErrors(t *testing.T) {
	_, err := query.Parse("-skip 192.0.2.1 hop:"+strings.Repeat("é", 100000), view)
	var e *query.Error
	if !errors.As(err, &e) || len(e.Token) > 110 || !strings.HasSuffix(e.Token, "é...") || len(err.Error()) > 200 {
		t.Errorf("%.300v", err)
	}
}

func TestJSONErrors(t *testing.T) {
	deep := strings.Repeat(`{"f":"and","a":[`, 70) + `{}` + strings.Repeat(`]}`, 70)
	for _, c := range []struct{ f, reason string }{
		{`{"f":"host","a":["192.0.2.1"],"x":1}`, `unexpected member "x"`}, {`{"f":"nope"}`, `unknown filter function "nope"`}, {`[]`, `a filter is a JSON object`}, {`{"a":[]}`, `needs "f"`},
		{``, `invalid JSON`}, {`{`, `invalid JSON`}, {`{} {}`, `after the filter`}, {`{}x`, `after the filter`}, {`null`, `a filter is a JSON object`}, {`"x"`, `a filter is a JSON object`},
		{`{"f":1}`, `needs "f"`}, {`{"f":null}`, `needs "f"`}, {`{"f":"or"}`, `there is no filter`}, {`{"f":"or","a":[]}`, `there is no filter`}, {`{"f":"or","a":{}}`, `"a" is a list of filters`},
		{`{"f":"and","a":[1]}`, `a filter is a JSON object`}, {`{"f":"and","a":[{"f":"nope"}]}`, `unknown filter function`}, {deep, `levels deep`},
		{`{"f":"host","a":"x"}`, `"a" is a list`}, {`{"f":"host","k":[]}`, `"k" is an object`}, {`{"f":"host","a":["192.0.2.1", true, 1]}`, `at most 2 arguments`},
		{`{"f":"host","a":["192.0.2.1"],"k":{"addr":"192.0.2.2"}}`, `unexpected argument "addr"`}, {`{"f":"host","k":{"x":1}}`, `unexpected argument "x"`}, {`{"f":"ipv4","a":[1]}`, `at most 0 arguments`},
		{`{"f":"host"}`, `addr: null is not a text`}, {`{"f":"host","a":["x"]}`, `invalid IP address`}, {`{"f":"host","a":["192.0.2.1","x"]}`, `neg: "x" is not true or false`}, {`{"f":"hosts","a":["x"]}`, `invalid IP address`}, {`{"f":"hosts","a":[{}]}`, `hosts: {} is not a text or a list of texts`},
		{`{"f":"hosts","a":[[{}]]}`, `is not a list of texts`}, {`{"f":"net","a":["x"]}`, `invalid network`}, {`{"f":"range","a":["192.0.2.1"]}`, `stop: null`}, {`{"f":"range","a":["192.0.2.1","x"]}`, `invalid IP address`},
		{`{"f":"category","a":[{"x":1}]}`, `cat: {"x":1} is not a text`}, {`{"f":"category","a":[[{"$gt":1}]]}`, `cat: [{"$gt":1}] is not`}, {`{"f":"category"}`, `cat: null is not`}, {`{"f":"category","a":[{"f":"x","a":["y"]}]}`, `is not a text`},
		{`{"f":"category","a":[{"f":"regexp","a":["/a/","b"]}]}`, `is not a text`}, {`{"f":"category","a":[{"f":"regexp","a":[1]}]}`, `is not a text`}, {`{"f":"category","a":[{"f":"regexp","a":["/(/"]}]}`, `Invalid regex pattern`}, {`{"f":"category","a":[{"f":"regexp","a":["/a/z"]}]}`, `unknown flag`},
		{`{"f":"category","a":[{"f":"regexp","a":["/a+a+a+x/"]}]}`, `starriness=3`}, {`{"f":"category","a":[{"f":"bytes","a":["?"]}]}`, `is not a text`}, {`{"f":"category","a":[{"f":"datetime","a":[1e300]}]}`, `is not a text`},
		{`{"f":"cmp","a":["a", 1, "<>"]}`, `is no comparison`}, {`{"f":"cmp","a":["a", [1,2], "<"]}`, `can be compared`}, {`{"f":"cmp","a":["a", 1]}`, `cmpop: null`}, {`{"f":"val","a":["a"]}`, `value: null`}, {`{"f":"val","a":[1e999]}`, `value: null`},
		{`{"f":"version","a":["x"]}`, `not a whole number`}, {`{"f":"port","a":["80"]}`, `not a whole number`}, {`{"f":"port"}`, `not a whole number`}, {`{"f":"ports","a":[[80], "tcp", "open", true, true]}`, `exclude each other`}, {`{"f":"ports","a":[["x"]]}`, `not a whole number`},
		{`{"f":"portsother","a":[{}]}`, `not`}, {`{"f":"countopenports"}`, `number of open ports is missing`}, {`{"f":"countopenports","a":[1.5]}`, `not a whole number`}, {`{"f":"service"}`, `srv`}, {`{"f":"product"}`, `service`}, {`{"f":"product","k":{"port":"x"}}`, `not a whole number`},
		{`{"f":"timerange","a":["x", 1]}`, `is not a date`}, {`{"f":"timerange","a":[1]}`, `stop: null is not a date`}, {`{"f":"timerange","a":[1, 9223372036854775807]}`, `is not a date`}, {`{"f":"timerange","a":[1, 1e200]}`, `is not a date`}, {`{"f":"timeago","a":["1d"]}`, `not a whole number`},
		{`{"f":"asnum","a":["x"]}`, `not the number of an AS`}, {`{"f":"asnum","a":[{"f":"regexp","a":["/6/"]}]}`, `is not a text`}, {`{"f":"country"}`, `country: null`}, {`{"f":"tag","a":[{}]}`, `has a value or info`}, {`{"f":"tag","a":[{"value":{}}]}`, `cannot be {}`}, {`{"f":"objectid","a":["x"]}`, `not the id`},
		{`{"f":"script","k":{"values":{"a":1}}}`, `needs the name of a script`}, {`{"f":"script","k":{"name":["ssl-cert","ls"],"values":"x"}}`, `share the form`}, {`{"f":"script","a":[{"f":"regexp","a":["/x/"]}, null, "x"]}`, `needs the name`}, {`{"f":"script","a":["x", null, {"a":{}}]}`, `is no value to compare with`},
		{`{"f":"script","a":[{}]}`, `name: {} is not`}, {`{"f":"cert","k":{"subject":{"a":{"b":1}}}}`, `subject: {"a":{"b":1}} is not an object of`}, {`{"f":"cert","k":{"md5":{}}}`, `md5: {} is not`}, {`{"f":"cert","k":{"self_signed":"x"}}`, `self_signed: "x" is not true or false`}, {`{"f":"certissuer"}`, `expr is missing`},
		{`{"f":"smb","a":["x"]}`, `need names`}, {`{"f":"smb","k":{"*":"x"}}`, `need names`}, {`{"f":"ntlm","k":{"os":{}}}`, `os: {} is not`}, {`{"f":"smbshares","a":["x"]}`, `no kind of access`}, {`{"f":"httpauth","a":[false]}`, `neither script`}, {`{"f":"hop","a":["x"]}`, `invalid IP address`}, {`{"f":"hop","a":["192.0.2.1", "x"]}`, `not a whole number`},
		{`{"f":"text","a":[""]}`, `no word to search for`}, {`{"f":"file","a":["x", {}]}`, `scripts: {} is not`}, {`{"f":"hassh","a":[{}]}`, `value_or_hash: {} is not`}, {`{"f":"ja4client","k":{"raw":{}}}`, `raw: {} is not a text`}, {`{"f":"dnssrv"}`, `domain: null`}, {`{"f":"screenshot","k":{"words":{}}}`, `words: {} is not`},
		{`"` + strings.Repeat("x", 2<<20) + `"`, `longer than`},
	} {
		got, err := query.ParseJSON([]byte(c.f), view)
		var e *query.Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("%.200s: %v, %s", c.f, err, tree.Format(got))
		case e.Token != "f" || !strings.Contains(e.Reason, c.reason):
			t.Errorf("%.200s: token %q, reason %q, want %q", c.f, e.Token, e.Reason, c.reason)
		}
	}
}
