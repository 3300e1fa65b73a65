// Command passive measures the passive purpose: how fast observations of a sensor are loaded, and how fast questions
// about records and names are answered through the web API beside hand-written SQL on the same tables. All figures of a
// run come from the same machine in turn.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ivre/bench/measure"
	"ivre/bench/passivegen"
)

func main() {
	measure.Main("passive", "observations", 5_000_000, "lines of the log", run)
}

func run(db *measure.Database, out string, observations, rounds int) error {
	path := filepath.Join(out, fmt.Sprintf("passiverecon-%d.log", observations))
	size, err := measure.File(path, func(w io.Writer) error {
		return passivegen.Write(w, passivegen.Options{Observations: observations})
	})
	if err != nil {
		return err
	}
	cost, err := db.Run("passiverecon2db", "-s", "bench", path)
	if err != nil {
		return err
	}
	mb := float64(size) / 1e6
	fmt.Printf("passiverecon %d observations, %.0f MB: %.0f observations/s, %.1f MB/s, %v\n",
		observations, mb, cost.Rate(float64(observations)), cost.Rate(mb), cost)
	if err := rows(db, observations); err != nil {
		return err
	}
	return db.Compare(os.Stdout, "/cgi", rounds, questions())
}

// rows prints how many rows there are, and checks that every observation is in them.
func rows(db *measure.Database, observations int) error {
	for _, table := range []string{"passive", "passive_dns", "passive_dns_targets"} {
		records, err := db.Number("SELECT uniqExact(id) FROM " + table)
		if err != nil {
			return err
		}
		rows, err := db.Number("SELECT count() FROM " + table)
		if err != nil {
			return err
		}
		fmt.Printf("%-20s %9d records, %9d rows\n", table, records, rows)
	}
	n, err := db.Number("SELECT sum(count) FROM passive")
	if err == nil && n != uint64(observations) {
		err = fmt.Errorf("the records stand for %d observations, not for %d", n, observations)
	}
	return err
}

// Hand-written statements. Rows of one record are put together by FINAL or by hand. Conditions on the sorting key may be
// in PREWHERE even with FINAL, as rows of one record agree in it.
const (
	final    = "SELECT name, type, addr, target, source, sensor, count, firstseen, lastseen FROM passive_dns FINAL PREWHERE "
	byHand   = "SELECT any(name), type, any(addr), any(target), any(source), any(sensor), sum(count), min(firstseen), max(lastseen) FROM passive_dns WHERE "
	grouped  = " GROUP BY labels, type, id ORDER BY labels, type, id"
	byAddr   = "SELECT value, source, addr, targetval, sensor, count, firstseen, lastseen FROM passive FINAL PREWHERE recontype = 'DNS_ANSWER' AND "
	ordered  = " ORDER BY recontype, addr, port, source, id"
	record   = "SELECT recontype, source, sensor, addr, targetval, port, value, count, firstseen, lastseen, infos FROM passive FINAL "
	together = "SELECT recontype, source, any(sensor), addr, any(targetval), port, any(value), sum(count), min(firstseen), max(lastseen), any(infos) FROM passive "
	inOrder  = " GROUP BY recontype, addr, port, source, id" + ordered + " LIMIT 10 SETTINGS optimize_aggregation_in_order = 1"
	agents   = "recontype = 'HTTP_CLIENT_HEADER' AND source = 'USER-AGENT' GROUP BY value ORDER BY n DESC LIMIT 5"
	pairs    = "SELECT name, addr, target, groupUniqArray(type), groupUniqArray(sensor), sum(count) AS n, min(firstseen), max(lastseen) AS last FROM passive_dns "
	lastTen  = " GROUP BY name, addr, target ORDER BY last DESC, n DESC, name LIMIT 10"
)

// labels is the form in which the tables have a name.
func labels(name string) string {
	parts := strings.Split(name, ".")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ".")
}

func questions() []measure.Question {
	name, domain, addr := labels(passivegen.BusyName), labels(passivegen.BusyDomain), passivegen.Address(7)
	network := "addr BETWEEN toIPv6('" + passivegen.Address(0) + "') AND toIPv6('" + passivegen.Address(255) + "')"
	below := "labels >= '" + domain + "' AND labels < '" + domain + "/' AND (labels = '" + domain + "' OR startsWith(labels, '" + domain + ".'))"
	return []measure.Question{
		{Path: "/passivedns/" + passivegen.BusyName, SQL: []string{
			final + "labels = '" + name + "'", byHand + "labels = '" + name + "'" + grouped}},
		{Path: "/passivedns/" + passivegen.BusyDomain + "?subdomains", SQL: []string{
			final + below + " ORDER BY labels, type, id", byHand + below + grouped}},
		{Path: "/passivedns/" + addr, SQL: []string{byAddr + "addr = toIPv6('" + addr + "')"}},
		{Path: "/passivedns/" + passivegen.Address(0) + "/24", SQL: []string{byAddr + network + ordered}},
		{Path: "/passive/count", SQL: []string{"SELECT count() FROM passive FINAL", "SELECT uniqExact(id) FROM passive"}},
		{Path: "/passive/top/recontype", SQL: []string{
			"SELECT recontype, count() AS n FROM passive FINAL GROUP BY recontype ORDER BY n DESC LIMIT 15",
			"SELECT recontype, uniqExact(id) AS n FROM passive GROUP BY recontype ORDER BY n DESC LIMIT 15"}},
		{Path: "/passive/top/value:5?q=useragent", SQL: []string{
			"SELECT value, count() AS n FROM passive FINAL PREWHERE " + agents, "SELECT value, uniqExact(id) AS n FROM passive WHERE " + agents}},
		{Path: "/passive?q=host:" + addr, SQL: []string{
			record + "PREWHERE addr = toIPv6('" + addr + "')" + ordered + " LIMIT 10", together + "WHERE addr = toIPv6('" + addr + "')" + inOrder}},
		{Path: "/passive", SQL: []string{record + ordered + " LIMIT 10", together + inOrder}},
		{Path: "/dns", SQL: []string{pairs + lastTen,
			pairs + "WHERE (labels, addr, target) IN (SELECT labels, addr, target FROM passive_dns GROUP BY labels, addr, target ORDER BY max(lastseen) DESC, sum(count) DESC, labels LIMIT 10)" + lastTen}},
	}
}
