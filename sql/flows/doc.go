// Package flows answers questions about the flow graph: which hosts talked to which, through what and
// how much. It turns conditions of the flow filters into SQL over the tables flows and flow_metadata,
// and rows into results, and is the only place that writes SELECTs about flows. It loads and changes
// nothing, and knows neither HTTP nor the command line.
//
// Times are UTC; addresses are netip addresses with IPv4 unmapped.
//
// How the SQL is made: the rows of one flow in the table flows are parts of it until they are merged, so
// every answer puts them together. Conditions on the key of a flow (addresses, protocol, port, ICMP
// type) and look-ups in flow_metadata hold for all rows of a flow or for none, so they are checked
// before that; conditions on sums, times and lists only after. Only the columns that are needed are read.
package flows
