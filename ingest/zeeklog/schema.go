package zeeklog

import "strings"

// Column is a column that a program wants from a log.
type Column struct {
	// Name is the name in the log; "." and "_" are the same (id.orig_h is id_orig_h).
	Name string
	// Type is used when the log does not say the type: in JSON and if there are no #types.
	Type Type
}

// Schema is a list of wanted columns. It is immutable and can be shared by readers.
type Schema struct {
	cols  []Column
	index map[string]int // by name with "_" for "."
}

// NewSchema makes a schema. The columns are known by their position in the list.
func NewSchema(cols ...Column) *Schema {
	s := &Schema{cols: cols, index: make(map[string]int, len(cols))}
	for i, c := range cols {
		s.index[strings.ReplaceAll(c.Name, ".", "_")] = i
	}
	return s
}

// Len returns the number of columns.
func (s *Schema) Len() int { return len(s.cols) }

// Name returns the name of column i as it was given to NewSchema.
func (s *Schema) Name(i int) string { return s.cols[i].Name }

// find returns the position of the column that is called name in a log, or -1. The scratch buffer is
// used for names with dots and returned for the next call.
func (s *Schema) find(name, scratch []byte) (int, []byte) {
	scratch = scratch[:0]
	for _, c := range name {
		if c == '.' {
			c = '_'
		}
		scratch = append(scratch, c)
	}
	if i, ok := s.index[string(scratch)]; ok {
		return i, scratch
	}
	return -1, scratch
}

// resolution says where the columns of a schema are in the current header or line.
type resolution struct {
	schema *Schema
	gen    uint64 // of the header, or of the line for JSON
	json   bool
	pos    []int // position in the line, -1 if the column is absent
	types  []Type
	guess  []guess // for JSON
}

// guess is where a member of the last JSON object belonged. Most objects of a log have the same members.
type guess struct {
	key []byte
	col int
}

// Bounds of the memory for guesses: members, and the length of their keys.
const (
	maxGuesses  = 128
	maxGuessKey = 64
)

// Row gives access to the columns of the current line. It is valid until the next call of Reader.Next.
type Row struct {
	r   *Reader
	res *resolution
}

// Row finds the columns of a schema in the current line. It must follow a successful Next.
func (r *Reader) Row(s *Schema) Row {
	res := r.last
	if res == nil || res.schema != s {
		if res = r.resolutions[s]; res == nil {
			res = &resolution{schema: s, pos: make([]int, s.Len()), types: make([]Type, s.Len())}
			r.resolutions[s] = res
		}
		r.last = res
	}
	gen := r.gen
	if r.isJSON {
		gen = r.lines.number
	}
	if res.gen == gen && res.json == r.isJSON {
		return Row{r, res}
	}
	res.gen, res.json = gen, r.isJSON
	for i := range res.pos {
		res.pos[i], res.types[i] = -1, s.cols[i].Type
	}
	if r.isJSON {
		r.resolveJSON(res)
	} else {
		r.resolveHeader(res)
	}
	return Row{r, res}
}

func (r *Reader) resolveHeader(res *resolution) {
	for p, name := range r.header.names {
		var i int
		if i, r.scratch = res.schema.find([]byte(name), r.scratch); i < 0 || res.pos[i] >= 0 {
			continue // unknown, or the second column of this name
		}
		res.pos[i] = p
		if p < len(r.header.types) {
			res.types[i] = r.header.types[p]
		}
	}
}

func (r *Reader) resolveJSON(res *resolution) {
	for p := range r.members {
		if i := r.memberColumn(res, p); i >= 0 {
			res.pos[i] = p // the last member of a name counts
		}
	}
}

// memberColumn returns the column of the schema that member p is, or -1.
func (r *Reader) memberColumn(res *resolution, p int) (i int) {
	key := r.members[p].key
	if p < len(res.guess) && string(res.guess[p].key) == string(key) {
		return res.guess[p].col
	}
	i, r.scratch = res.schema.find(key, r.scratch)
	if p < maxGuesses && len(key) <= maxGuessKey {
		for p >= len(res.guess) {
			res.guess = append(res.guess, guess{col: -1})
		}
		g := &res.guess[p]
		g.key, g.col = append(g.key[:0], key...), i
	}
	return i
}

// Has tells whether the line has column i, set or not.
func (w Row) Has(i int) bool { return w.res.pos[i] >= 0 }

// Value returns the value of column i of the schema.
func (w Row) Value(i int) Value {
	p := w.res.pos[i]
	if p < 0 {
		return Value{}
	}
	if w.res.json {
		m := &w.r.members[p]
		return Value{raw: m.raw, form: m.form, typ: w.res.types[i]}
	}
	h := &w.r.header
	raw := w.r.line[w.r.starts[p] : w.r.starts[p+1]-len(h.sep)]
	return h.value(raw, w.res.types[i])
}
