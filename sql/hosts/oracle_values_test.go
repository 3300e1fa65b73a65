package hosts_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The oracle answers questions about host records a second time, from the documentation alone and without regard
// to speed: over decoded JSON, one record after the other. What the database answers is compared with it.

// oracleRecord is a record as encoding/json decodes it, numbers either as float64 or as json.Number.
type oracleRecord = map[string]any

// oracleLeaves returns the values that a path reaches: it descends into every element of every array on its way;
// a list at its end is one value, and each of its elements is another.
func oracleLeaves(v any, path string) []any {
	var out []any
	var walk func(v any, keys []string)
	walk = func(v any, keys []string) {
		l, isList := v.([]any)
		switch {
		case len(keys) == 0:
			out = append(append(out, v), l...)
		case isList:
			for _, e := range l {
				walk(e, keys)
			}
		default:
			m, _ := v.(map[string]any)
			if e, ok := m[keys[0]]; ok {
				walk(e, keys[1:])
			}
		}
	}
	walk(v, strings.Split(path, "."))
	return out
}

// oracleElements returns the elements of the arrays that a path reaches; what is no array is its own element.
func oracleElements(v any, path string) []any {
	var out []any
	var walk func(v any, keys []string)
	walk = func(v any, keys []string) {
		if l, ok := v.([]any); ok {
			for _, e := range l {
				walk(e, keys)
			}
			return
		}
		if len(keys) == 0 {
			out = append(out, v)
			return
		}
		m, _ := v.(map[string]any)
		if e, ok := m[keys[0]]; ok {
			walk(e, keys[1:])
		}
	}
	walk(v, strings.Split(path, "."))
	return out
}

// oracleTest is a condition on one value.
type oracleTest func(leaf any) bool

// oracleSome tells whether some leaf passes. Its complement is the negation of the condition: true without leaves.
func oracleSome(v any, path string, test oracleTest) bool {
	return slices.ContainsFunc(oracleLeaves(v, path), test)
}

// oracleExists is EX: a null counts.
func oracleExists(v any, path string) bool { return len(oracleLeaves(v, path)) > 0 }

// oracleSame is SAME: one element of an array satisfies everything.
func oracleSame(v any, array string, test func(element any) bool) bool {
	return slices.ContainsFunc(oracleElements(v, array), test)
}

// oracleIs is EQ: same type, same value.
func oracleIs(want any) oracleTest {
	return func(leaf any) bool {
		if w, ok := oracleNumber(want); ok {
			n, ok := oracleNumber(leaf)
			return ok && n.Cmp(w) == 0
		}
		switch leaf := leaf.(type) {
		case string, bool, nil:
			return leaf == want
		}
		return false
	}
}

// oracleIn is IN.
func oracleIn[T any](list ...T) oracleTest {
	return func(leaf any) bool {
		return slices.ContainsFunc(list, func(want T) bool { return oracleIs(want)(leaf) })
	}
}

// oracleCompare is CMP for numbers.
func oracleCompare(op string, n int64) oracleTest {
	return func(leaf any) bool {
		f, ok := oracleNumber(leaf)
		if !ok {
			return false
		}
		c := f.Cmp(new(big.Float).SetInt64(n))
		switch op {
		case "<":
			return c < 0
		case "<=":
			return c <= 0
		case ">":
			return c > 0
		default:
			return c >= 0
		}
	}
}

func oracleNumber(v any) (*big.Float, bool) {
	const precision = 200 // holds any number of a record
	switch v := v.(type) {
	case int:
		return new(big.Float).SetInt64(int64(v)), true
	case int64:
		return new(big.Float).SetInt64(v), true
	case float64:
		return big.NewFloat(v), true
	case json.Number:
		f, _, err := big.ParseFloat(v.String(), 10, precision, big.ToNearestEven)
		return f, err == nil
	}
	return nil, false
}

// oracleValue is a text, compared as a whole, or a regular expression, searched in texts only.
type oracleValue struct {
	text string
	re   *regexp.Regexp
}

func (v oracleValue) is(leaf any) bool {
	s, ok := leaf.(string)
	if !ok {
		return false
	}
	if v.re != nil {
		return v.re.MatchString(s)
	}
	return s == v.text
}

// oracleParseValue reads "regex or string" (filter language 3.1); flags are added to those of the expression. The
// score of section 3.3 is not computed: nobody asks the oracle about such expressions.
func oracleParseValue(s, flags string) (v oracleValue, ok bool) {
	if !strings.HasPrefix(s, "/") {
		if strings.HasPrefix(s, `\/`) {
			s = s[1:]
		}
		return oracleValue{text: s}, true
	}
	pattern := s[1:]
	if i := strings.LastIndexByte(pattern, '/'); i >= 0 {
		pattern, flags = pattern[:i], flags+strings.ToLower(pattern[i+1:])
	}
	if len(pattern) > 1000 || strings.Trim(flags, "imsxuat") != "" {
		return v, false
	}
	if strings.Contains(flags, "x") {
		pattern = oracleVerbose(pattern)
	}
	prefix := ""
	for _, f := range []string{"i", "m", "s"} {
		if strings.Contains(flags, f) {
			prefix += "(?" + f + ")"
		}
	}
	re, err := oracleCompile(prefix + oracleDollar(oracleUnescape(pattern), strings.Contains(flags, "m")))
	return oracleValue{re: re}, err == nil
}

var oracleCompiled sync.Map // regular expressions by their text

func oracleCompile(pattern string) (*regexp.Regexp, error) {
	if re, ok := oracleCompiled.Load(pattern); ok {
		return re.(*regexp.Regexp), nil
	}
	re, err := regexp.Compile(pattern)
	if err == nil {
		oracleCompiled.Store(pattern, re)
	}
	return re, err
}

// oracleDollar has a $ match before a line break at the end, too, as it does in Python; multiline, it does anyway.
func oracleDollar(pattern string, multiline bool) string {
	if multiline {
		return pattern
	}
	var b strings.Builder
	class := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			b.WriteString(pattern[i : i+2])
			i++
		case c == '$' && !class:
			b.WriteString(`(?:\n?\z)`)
		default:
			class = c == '[' || class && c != ']'
			b.WriteByte(c)
		}
	}
	return b.String()
}

// oracleUnescape turns \/ into /, keeps other pairs and drops a backslash at the end.
func oracleUnescape(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '\\' {
			b.WriteByte(pattern[i])
			continue
		}
		if i++; i == len(pattern) {
			break
		}
		if pattern[i] != '/' {
			b.WriteByte('\\')
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}

// oracleVerbose drops blanks and comments outside of classes, as flag x asks for.
func oracleVerbose(pattern string) string {
	var b strings.Builder
	class, comment := false, false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case comment:
			comment = c != '\n'
		case c == '\\' && i+1 < len(pattern):
			b.WriteString(pattern[i : i+2])
			i++
		case !class && strings.IndexByte(" \t\n\r\f\v", c) >= 0:
		case !class && c == '#':
			comment = true
		default:
			class = c == '[' || class && c != ']'
			b.WriteByte(c)
		}
	}
	return b.String()
}

// oracleAddr is an address as a 128-bit number.
func oracleAddr(v any) (a [16]byte, ok bool) {
	s, _ := v.(string)
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return a, false
	}
	return addr.WithZone("").As16(), true
}

// oracleDate reads a date of a record.
func oracleDate(v any) (time.Time, bool) {
	s, _ := v.(string)
	t, err := time.Parse("2006-01-02 15:04:05", s)
	return t, err == nil
}

// oracleCanonical is the JSON of a value in one spelling: keys sorted, whole numbers without fraction or exponent.
func oracleCanonical(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(oracleSpelling(v)); err != nil {
		panic(err) // only of values that are no JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func oracleSpelling(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = oracleSpelling(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = oracleSpelling(v[k])
		}
		return out
	}
	f, ok := oracleNumber(v)
	if !ok {
		return v
	}
	if n, accuracy := f.Int(nil); accuracy == big.Exact {
		return json.Number(n.String())
	}
	d, _ := f.Float64()
	return d
}

// oracleDecode reads a record.
func oracleDecode(data []byte) (oracleRecord, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var rec oracleRecord
	err := d.Decode(&rec)
	return rec, err
}
