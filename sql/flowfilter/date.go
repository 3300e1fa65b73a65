package flowfilter

import (
	"fmt"
	"strings"
	"time"
)

// dateLayouts are the accepted forms of dates, with T or a blank between day and time; a fraction of up
// to six digits may follow the seconds. Times are UTC.
var dateLayouts = []string{"2006-1-2 15:4:5", "2006-1-2T15:4:5"}

func parseDate(v any) (time.Time, error) {
	s, ok := v.(string)
	if ok && !strings.ContainsAny(s, ",") { // package time takes a comma before the fraction
		for _, layout := range dateLayouts {
			if t, err := time.Parse(layout, s); err == nil && t.Nanosecond()%1000 == 0 {
				return t, nil
			}
		}
	}
	if !ok {
		s = show(v)
	}
	return time.Time{}, fmt.Errorf("time data '%s' does not match format 'YYYY-MM-DD HH:MM:SS[.ffffff]'", s)
}
