package nmapscript

import (
	"path"
	"strings"

	"ivre/ingest/host"
)

// screenshotIDs are scripts whose result is an image in a file.
var screenshotIDs = map[string]bool{
	"http-screenshot": true, "mainframe-screenshot": true, "rdp-screenshot": true, "rtsp-screenshot": true,
	"vnc-screenshot": true, "x11-screenshot": true,
}

// screenshot hands over the name of the file that a script saved.
func (pl *Pipeline) screenshot(h *host.Host, p *host.Port, id, output string) {
	name, ok := savedFile(id, output)
	if !ok {
		return
	}
	if !isImageName(name) {
		pl.warn(h, p, id, "the screenshot is left out: %.200q is not the name of a .jpg, .jpeg, .png or .gif file without a directory", name)
		return
	}
	if pl.Screenshot != nil {
		pl.Screenshot(p, name)
	}
}

// savedFile returns the name in the first line "Saved to NAME"; for rtsp-screenshot, "Saved URL to NAME".
func savedFile(id, output string) (string, bool) {
	for line := range strings.SplitSeq(output, "\n") {
		rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "Saved ")
		if !ok {
			continue
		}
		if id == "rtsp-screenshot" {
			if _, rest, ok = strings.Cut(rest, " "); !ok {
				continue
			}
		}
		if name, ok := strings.CutPrefix(rest, "to "); ok {
			return strings.TrimSpace(name), true
		}
	}
	return "", false
}

func isImageName(name string) bool {
	ext := path.Ext(name)
	if len(ext) == len(name) || strings.ContainsAny(name, "/\\\x00") {
		return false
	}
	switch strings.ToLower(ext) {
	case ".jpg", ".jpeg", ".png", ".gif":
		return true
	}
	return false
}
