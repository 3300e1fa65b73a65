package measure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Question is one of the web API, with the statements that a person could write for it: the fastest counts.
type Question struct {
	Path string
	SQL  []string
}

// Compare asks the web server and the engine in turn, and prints medians: the time until the first byte of the answer
// and until all of it was there, and the ratio of the latter. An answer that has not as many rows as that of the
// statements, or is another number, is an error: it would not be worth a measurement.
func (d *Database) Compare(to io.Writer, prefix string, rounds int, questions []Question) error {
	stop, address, err := d.serve()
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(to, "%-46s %19s    %19s    %7s %9s\n", "", "ivre first / whole", "SQL first / whole", "ratio", "rows")
	var wrong []error
	for _, q := range questions {
		ours, err := median(rounds, func() (answer, error) { return d.get(address, prefix+q.Path) })
		if err != nil {
			return fmt.Errorf("%s: %w", q.Path, err)
		}
		var best answer
		for i, sql := range q.SQL {
			theirs, err := median(rounds, func() (answer, error) { return d.statement(sql) })
			if err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
			if err := ours.differs(theirs); err != nil {
				wrong = append(wrong, fmt.Errorf("%s and %s: %w", q.Path, sql, err))
			}
			if i == 0 || theirs.whole < best.whole {
				best = theirs
			}
		}
		fmt.Fprintf(to, "%-46s %8.1f / %8.1f ms %8.1f / %8.1f ms %7.2f %9d\n", q.Path, ms(ours.first), ms(ours.whole),
			ms(best.first), ms(best.whole), ours.whole.Seconds()/best.whole.Seconds(), len(ours.rows()))
	}
	return errors.Join(wrong...)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// answer is a body, and after what time its first and its last byte came.
type answer struct {
	first, whole time.Duration
	body         []byte
}

// rows are the lines of an answer without those that only frame a list.
func (a answer) rows() [][]byte {
	var out [][]byte
	for _, line := range bytes.Split(a.body, []byte("\n")) {
		if s := string(bytes.TrimSpace(line)); s != "" && s != "[" && s != "]" {
			out = append(out, line)
		}
	}
	return out
}

// differs says how two answers cannot be those of one question.
func (a answer) differs(b answer) error {
	ours, theirs := a.rows(), b.rows()
	if len(ours) != len(theirs) {
		return fmt.Errorf("%d and %d rows", len(ours), len(theirs))
	}
	if len(ours) != 1 {
		return nil
	}
	x, y := string(ours[0]), strings.Trim(string(theirs[0]), `[]"`)
	if strings.Trim(x+y, "0123456789") == "" && x != y {
		return fmt.Errorf("the numbers are %s and %s", x, y)
	}
	return nil
}

// median asks once for warmth and then some times; it returns the answer in the middle by its whole time.
func median(rounds int, ask func() (answer, error)) (answer, error) {
	var all []answer
	for range rounds + 1 {
		a, err := ask()
		if err != nil {
			return a, err
		}
		all = append(all, a)
	}
	all = all[1:]
	slices.SortFunc(all, func(a, b answer) int { return int(a.whole - b.whole) })
	return all[len(all)/2], nil
}

func (d *Database) get(address, path string) (answer, error) {
	req, err := http.NewRequestWithContext(d.ctx, http.MethodGet, address+path, nil)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Referer", address+"/")
	return fetch(req)
}

// statement runs SQL over the engine's HTTP interface, so that both sides read their answers the same way.
func (d *Database) statement(sql string) (answer, error) {
	address, user, password := d.HTTPAddress()
	u := strings.TrimRight(address, "/") + "/?" + url.Values{"database": {d.Database()}}.Encode()
	req, err := http.NewRequestWithContext(d.ctx, http.MethodPost, u, strings.NewReader(sql+" FORMAT JSONCompactEachRow"))
	if err != nil {
		return answer{}, err
	}
	req.SetBasicAuth(user, password)
	return fetch(req)
}

// fetch reads an answer to its end, uncompressed: nobody compresses on one machine.
func fetch(req *http.Request) (a answer, err error) {
	req.Header.Set("Accept-Encoding", "identity")
	start := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	head := make([]byte, 1)
	n, err := io.ReadFull(resp.Body, head)
	a.first = time.Since(start)
	if err == nil {
		a.body, err = io.ReadAll(resp.Body)
	}
	a.whole = time.Since(start)
	a.body = append(head[:n:n], a.body...)
	if err == io.EOF { // nothing at all
		err = nil
	}
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, a.body[:min(len(a.body), 300)])
	}
	return a, err
}
