// Package flowfilter reads the filters on flows that users write ("dport = 80 OR proto = udp",
// "ALL sports > 1024", "meta.http.host =~ example") into conditions of package tree. It knows the
// fields that flows have and how values are written; it knows neither SQL nor the database.
//
// A filter is a list of clauses, any of which has to hold; all filters have to hold:
//
//	filter  = clause { ( "OR" | "||" ) clause }
//	clause  = [ "!" | "-" | "~" ] [ mode ] field [ operator value ]
//	mode    = "ANY" | "ALL" | "ONE" | "NONE" | "LEN"
//	operator = ":" | "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "=~"
//
// A negation turns the operator round: !dport <= 10000 means dport > 10000, and like that never holds
// for a flow without a port. Only != and "does not match" hold for flows that lack the field. With a
// mode, a negation is the exact opposite of the clause.
package flowfilter
