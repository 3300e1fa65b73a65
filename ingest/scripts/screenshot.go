package scripts

import (
	"path"
	"regexp"
	"strings"
)

var screenshotScripts = map[string]bool{
	"http-screenshot": true, "mainframe-screenshot": true, "rdp-screenshot": true, "rtsp-screenshot": true, "vnc-screenshot": true, "x11-screenshot": true,
}

var (
	savedTo     = regexp.MustCompile(`(?m)^ *Saved to (.*)$`)
	savedRTSPTo = regexp.MustCompile(`(?m)^ *Saved [^ ]* to (.*)$`)
)

// screenshotName is the name of the image that a script saved: a plain name of a known kind of image.
func screenshotName(id, output string) (string, bool) {
	if !screenshotScripts[id] {
		return "", false
	}
	re := savedTo
	if id == "rtsp-screenshot" {
		re = savedRTSPTo
	}
	m := re.FindStringSubmatch(output)
	if m == nil {
		return "", false
	}
	name := strings.TrimSpace(m[1])
	if name == "" || strings.ContainsAny(name, `/\`+"\x00") {
		return "", false
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".gif":
		return name, true
	}
	return "", false
}
