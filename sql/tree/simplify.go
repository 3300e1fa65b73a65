package tree

// Simplify returns an equivalent condition without constants in it, nested And and Or, and double Not,
// and with equalities of one field joined to one In. Long lists of alternatives thus become one look-up.
func Simplify(c Cond) Cond {
	switch c := c.(type) {
	case nil:
		return Const(true)
	case And:
		return simplifyAnd(c)
	case Or:
		return simplifyOr(c)
	case Not:
		return negate(Simplify(c.Cond))
	case Elements:
		c.Cond = Simplify(c.Cond)
		return c
	}
	return c
}

func negate(c Cond) Cond {
	switch c := c.(type) {
	case Const:
		return !c
	case Not:
		return c.Cond
	case Elements:
		if c.Quantifier == None {
			c.Quantifier = Any
			return c
		}
	}
	return Not{c}
}

func simplifyAnd(list And) Cond {
	var out And
	for _, sub := range list {
		switch s := Simplify(sub).(type) {
		case Const:
			if !s {
				return s
			}
		case And:
			out = append(out, s...)
		default:
			out = append(out, s)
		}
	}
	switch len(out) {
	case 0:
		return Const(true)
	case 1:
		return out[0]
	}
	return out
}

func simplifyOr(list Or) Cond {
	var out Or
	for _, sub := range list {
		switch s := Simplify(sub).(type) {
		case Const:
			if s {
				return s
			}
		case Or:
			out = append(out, s...)
		default:
			out = append(out, s)
		}
	}
	out = joinAlternatives(out)
	switch len(out) {
	case 0:
		return Const(false)
	case 1:
		return out[0]
	}
	return out
}

// alternative collects the parts of an Or that speak of one field.
type alternative struct {
	at    int  // index in the result
	list  List // of Test
	conds Or   // of Elements
	parts int
}

// joinAlternatives turns a = 1 or a = 2 into a in [1, 2], and any(f: x) or any(f: y) into any(f: x or y).
func joinAlternatives(list Or) Or {
	tests, elements := map[string]*alternative{}, map[string]*alternative{}
	var out Or
	for _, sub := range list {
		var group *alternative
		switch s := sub.(type) {
		case Test:
			if members, ok := alternatives(s); ok {
				group = gather(tests, s.Field, len(out))
				group.list = append(group.list, members...)
			}
		case Elements:
			if s.Quantifier == Any {
				group = gather(elements, s.Field, len(out))
				group.conds = append(group.conds, s.Cond)
			}
		}
		if group == nil || group.parts == 1 {
			out = append(out, sub)
		}
	}
	for field, g := range tests {
		if g.parts > 1 {
			out[g.at] = Test{field, In, g.list}
		}
	}
	for field, g := range elements {
		if g.parts > 1 {
			out[g.at] = Elements{field, Any, Simplify(g.conds)}
		}
	}
	return out
}

func gather(groups map[string]*alternative, field string, at int) *alternative {
	g := groups[field]
	if g == nil {
		g = &alternative{at: at}
		groups[field] = g
	}
	g.parts++
	return g
}

// alternatives returns the values one of which the test asks for, if that is what it does.
func alternatives(t Test) (List, bool) {
	switch t.Op {
	case Eq:
		switch t.Value.(type) {
		case Null, Bool, Int, Uint, Float, Text, Time, Addr:
			return List{t.Value}, true
		}
	case In:
		l, ok := t.Value.(List)
		return l, ok
	}
	return nil, false
}
