package webdata

import (
	"bytes"
	"errors"
	"html"
	"net/netip"
	"regexp"
	"strings"
)

// PageAddresses makes a file of the addresses and networks that a web page names. A plain list will do, too.
func PageAddresses(download []byte) ([]byte, error) { return makeFromPage(download, false) }

// PageNetworks is PageAddresses with an address written as a network: 192.0.2.1/32.
func PageNetworks(download []byte) ([]byte, error) { return makeFromPage(download, true) }

// leastOfPage is how many entries a page must have. Pages that say "you are blocked" or "please log in" often name one
// address: that of the reader.
const leastOfPage = 2

var errNoList = errors.New("the web page does not list addresses")

func makeFromPage(download []byte, networks bool) ([]byte, error) {
	if !isPage(download) {
		list, err := readList(download)
		if err != nil {
			return nil, err
		}
		return writeList(list, networks)
	}
	list := entriesIn(pageText(download))
	distinct := map[netip.Prefix]bool{}
	for _, p := range list {
		distinct[p] = true
	}
	if len(distinct) < leastOfPage {
		return nil, errNoList
	}
	return writeList(list, networks)
}

// pageText is the text of a web page: what is between the tags, without scripts and styles. A tag separates words.
func pageText(page []byte) string {
	var text strings.Builder
	for len(page) > 0 {
		before, rest, found := bytes.Cut(page, []byte("<"))
		text.Write(before)
		text.WriteByte(' ')
		if !found {
			break
		}
		page = afterTag(rest)
	}
	return html.UnescapeString(text.String())
}

// hiddenParts are what begins a part of a page that is not text, and what ends it.
var hiddenParts = []struct{ begin, end string }{{"!--", "-->"}, {"script", "</script"}, {"style", "</style"}}

// afterTag is what follows the tag that begins, behind its <, at the start of the text.
func afterTag(page []byte) []byte {
	for _, p := range hiddenParts {
		if len(page) < len(p.begin) || !strings.EqualFold(string(page[:len(p.begin)]), p.begin) {
			continue
		}
		_, rest, found := cutFold(page, p.end)
		if !found || p.end == "-->" {
			return rest
		}
		page = rest
		break
	}
	_, rest, _ := bytes.Cut(page, []byte(">"))
	return rest
}

// cutFold is bytes.Cut for a separator in lower case that stands there in any case.
func cutFold(text []byte, sep string) (before, after []byte, found bool) {
	for at := 0; ; at++ {
		next := bytes.IndexByte(text[at:], sep[0])
		if next < 0 || len(text)-at-next < len(sep) {
			return text, nil, false
		}
		at += next
		if strings.EqualFold(string(text[at:at+len(sep)]), sep) {
			return text[:at], text[at+len(sep):], true
		}
	}
}

// apartFromLength is a slash between blanks, as a tag between an address and its length leaves it.
var apartFromLength = regexp.MustCompile(`([0-9a-fA-F:])(?:\s+/\s*|/\s+)([0-9]{1,3})([^0-9a-zA-Z:.]|\.\s|\.?$)`)

// entriesIn finds the addresses and networks among the words of a text. Those that only mean something in a network or
// to a whole group of hosts are examples, not anyone's scanners.
func entriesIn(text string) (list []netip.Prefix) {
	text = apartFromLength.ReplaceAllString(text, "$1/$2$3")
	for word := range strings.FieldsFuncSeq(text, separates) {
		word = strings.Trim(word, ".")
		if strings.Count(word, ".") != 3 && strings.Count(word, ":") < 2 {
			continue
		}
		if p, ok := parseEntry(word); ok && isPublic(p) && !tooWide(p) {
			list = append(list, p)
		}
	}
	return list
}

// separates tells whether a character can't be part of an address, nor of a name or number that contains one.
func separates(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return false
	case r < 0x80:
		return !strings.ContainsRune("./:_-%", r)
	}
	return true
}

var globalIPv6 = netip.MustParsePrefix("2000::/3")

func isPublic(p netip.Prefix) bool {
	a := p.Addr()
	if a.Is6() {
		return globalIPv6.Contains(a)
	}
	first := a.As4()[0]
	return a.IsGlobalUnicast() && !a.IsPrivate() && first != 0 && first < 240
}
