package config

// nearest returns the name of the setting that is most like a wrong name, "" if none is like it.
func nearest(wrong string) string {
	if len(wrong) > 100 {
		return ""
	}
	best, least := "", 2+len(wrong)/5
	for _, s := range settings {
		if d := distance(wrong, s.name); d < least {
			best, least = s.name, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or replace to turn one text into the other
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
