package hosts_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"ivre/ingest/host"
)

// Values of scripts' results.
var (
	poolHeaders = [][2]string{{"server", "Apache"}, {"server", "nginx/1.0"}, {"date", "today"},
		{"set-cookie", "phpMyAdmin=1; path=/"}, {"x-owa-version", "15.1"}, {"location", "/owa/"}}
	poolApps     = []string{"WordPress", "phpMyAdmin", "GitLab", "Outlook Web App"}
	poolAppVers  = []string{"6.1", "5", "4.9.0-rc1"}
	poolTitles   = []string{"Welcome to nginx!", "Site doesn't have a title.", "Outlook Web Access", "\n  Login\n"}
	poolFiles    = []string{"web.config", "index.php", "passwd", "backup.tar.gz", "a b", "README"}
	poolListers  = []string{"ftp-anon", "nfs-ls", "smb-ls", "http-ls"}
	poolVulns    = []string{"CVE-2014-0160", "CVE-2017-0144", "ms17-010", "a:b"}
	poolStatesOf = []string{"VULNERABLE", "LIKELY VULNERABLE", "NOT VULNERABLE"}
	poolAgents   = []string{"curl/8.0", "Mozilla/5.0 (X11)", "Java/1.8", "python-requests/2"}
	poolSubjects = []string{"commonName=www.example.com", "commonName=www.abcdefgh2.net", "commonName=www.abcdefghijk.com", "organizationName=Example/commonName=CA"}
	poolKeyTypes = []string{"ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-dss"}
	poolRaw      = []string{"769,47-53,0-10,11,0", "771,4865,43-51", "771,49195,65281", "a;b;c;d"}
	poolJA4      = []string{"t13d1516h2_8daaf6152771_02713d6af862", "t12d1209h1_d34a8e72043a_b39be8c56a14", "q13i0310h3_55b375c5d22e_06cda9e17597"}
	poolJARM     = []string{"27d40d40d29d40d1dc42d43d00041d4689ee210389f4f6b4b5b1b93f92252d", "00000000000000000000000000000000000000000000000000000000000000"}
	poolWindows  = []string{"Windows 5.1", "Windows 6.1", "Unix", "Windows 10 Pro 19041"}
	poolNetBIOS  = []string{"WORKGROUP", "LAB", "lab.test", "srv1.lab.test", "10.0.17763"}
	poolShares   = []string{"IPC$", "C$", "public", "print$"}
	poolShareOf  = []string{"STYPE_IPC_HIDDEN", "STYPE_DISKTREE", "STYPE_DISKTREE_HIDDEN", "Not a file share", "STYPE_PRINTQ"}
	poolAccess   = []string{"READ/WRITE", "READ", "WRITE", "<none>", "READ/WRITE/X"}
	poolVendors  = [][2]string{{"afcad71368a1f1c96b8696fc77570100", "Dead Peer Detection v1.0"}, {"4a131c81070358455c5728f20e95452f", "RFC 3947 NAT-T"}, {"00ff", ""}}
	poolNotified = []string{"NO_PROPOSAL_CHOSEN", "INVALID_COOKIE"}
	poolBanners  = []string{"220 ftp ready", "SSH-2.0-OpenSSH_7.4", "\x1b[0mhello\r\n", "/dev/tty", ""}
	poolProgs    = []string{"nfs", "ypserv", "portmapper"}
)

// scriptMaker makes the structured result and the output of a script; an output of "-" is none.
type scriptMaker struct {
	id   string
	make func(g maker) (data any, output string)
}

// script makes the result of one of the scripts, which may lack parts.
func (g maker) script(scripts []scriptMaker) object {
	x := pick(g, scripts)
	id := x.id
	if id == "ls" {
		id = pick(g, poolListers)
	}
	o := object{"id": id}
	data, output := x.make(g)
	if data != nil && !g.in(12) {
		if g.in(15) {
			data = g.odd(data)
		}
		o[host.DataKey(id)] = data
	}
	if output != "-" && !g.in(12) {
		o["output"] = output
	}
	return o
}

// odd gives a structured result a shape that it usually does not have.
func (g maker) odd(data any) any {
	list, isList := data.([]object)
	switch {
	case isList && len(list) > 0 && g.in(2):
		return list[0]
	case isList && len(list) > 0 && g.in(2):
		return []any{nil, list[0], "text", list[0]}
	}
	return pick(g, []any{"text", 12, true, []any{}, object{}, nil})
}

func hashes(raw string) object {
	m, s, l := md5.Sum([]byte(raw)), sha1.Sum([]byte(raw)), sha256.Sum256([]byte(raw))
	return object{"raw": raw, "md5": hex.EncodeToString(m[:]), "sha1": hex.EncodeToString(s[:]), "sha256": hex.EncodeToString(l[:])}
}

func (g maker) fingerprint() object {
	o := hashes(pick(g, poolRaw))
	if g.in(10) {
		delete(o, pick(g, []string{"raw", "md5"}))
	}
	return o
}

func (g maker) cert() object {
	text := pick(g, poolSubjects)
	key := hashes("key of " + text)
	delete(key, "raw")
	key["type"], key["bits"], key["exponent"] = pick(g, []string{"rsa", "ec"}), pick(g, []int{1024, 2048, 4096}), "65537"
	o := hashes("certificate of " + text)
	delete(o, "raw")
	o["subject_text"], o["issuer_text"], o["self_signed"] = text, pick(g, poolSubjects), g.in(2)
	o["subject"] = object{"commonName": text[len(text)-4:]}
	o["pubkey"], o["san"] = key, g.texts(2, []string{"DNS:www.example.com", "DNS:*.example.net"})
	o["not_before"], o["not_after"] = 1_600_000_000+g.IntN(3)*86_400, "2030-01-02 03:04:05"
	o["serial_number"] = pick(g, []string{"1", "123456789012345678901234567890"})
	if g.in(6) {
		delete(o, pick(g, []string{"self_signed", "md5", "subject_text", "pubkey"}))
	}
	return o
}

func (g maker) certs() (any, string) {
	return some(g, 2, g.cert), "Subject: " + pick(g, poolSubjects)
}

func (g maker) headers() (any, string) {
	list := some(g, 4, func() object {
		h := pick(g, poolHeaders)
		o := object{"name": h[0], "value": h[1]}
		if g.in(10) {
			delete(o, "value")
		}
		return o
	})
	var out strings.Builder
	for _, o := range list {
		if v, ok := o["value"].(string); ok {
			name := o["name"].(string)
			out.WriteString("\n  " + strings.ToUpper(name[:1]) + name[1:] + ": " + v)
		}
	}
	return list, out.String() + "\n  \n  (Request type: HEAD)\n"
}

func (g maker) ntlm() (any, string) {
	o := object{}
	for key := range strings.FieldsSeq(`Target_Name NetBIOS_Computer_Name NetBIOS_Domain_Name Workgroup DNS_Domain_Name DNS_Tree_Name
		DNS_Computer_Name Product_Version NTLM_Version`) {
		if g.in(2) {
			o[key] = pick(g, poolNetBIOS)
		}
	}
	if g.in(3) {
		o["protocol"] = pick(g, []string{"smb", "http"})
	}
	return o, "Target_Name: " + pick(g, poolNetBIOS)
}

func (g maker) smb() (any, string) {
	o := object{"os": pick(g, poolWindows)}
	for _, key := range []string{"lanmanager", "domain_dns", "forest_dns", "workgroup", "ntlm-os", "ntlm-version", "smb-version", "server"} {
		if g.in(3) {
			o[key] = pick(g, append(poolNetBIOS, poolWindows...))
		}
	}
	if g.in(8) {
		o["os"] = []any{pick(g, poolWindows), nil}
	}
	return o, "OS: " + pick(g, poolWindows)
}

func (g maker) shares() (any, string) {
	return object{"account_used": "guest", "shares": some(g, 3, func() object {
		o := object{"Share": pick(g, poolShares), "Comment": ""}
		g.putOrNull(o, "Type", poolShareOf)
		g.putOrNull(o, "Anonymous access", poolAccess)
		g.put(o, "Current user access", poolAccess)
		return o
	})}, "-"
}

func (g maker) listing() (any, string) {
	return object{"volumes": some(g, 2, func() object {
		return object{"volume": pick(g, []string{"/", "C$"}), "files": some(g, 4, func() object {
			o := object{"filename": pick(g, poolFiles)}
			if g.in(2) {
				o["size"] = pick(g, []any{"12", "4096", 12, "", nil, 1.0, 1})
			}
			if g.in(2) {
				o["time"] = "2024-01-02"
			}
			if g.in(10) {
				delete(o, "filename")
			}
			return o
		})}
	})}, pick(g, []string{"Anonymous FTP login allowed (FTP code 230)", "\nAnonymous FTP login allowed", "Volume /"})
}

func (g maker) vulns() (any, string) {
	return some(g, 2, func() object {
		o := object{"id": pick(g, poolVulns), "title": "A title"}
		g.putOrNull(o, "state", poolStatesOf)
		for _, key := range []string{"refs", "ids", "description", "check_results", "extra_info"} {
			if g.in(2) {
				o[key] = g.texts(2, []string{"https://example.com/a", "CVE:CVE-2014-0160", "text", ""})
			}
		}
		return o
	}), "State: " + pick(g, poolStatesOf)
}

func (g maker) hassh() (any, string) {
	o := object{"kex_algorithms": []string{"curve25519-sha256"}}
	if !g.in(8) {
		o["hassh"] = g.fingerprint()
	}
	return o, "kex_algorithms: (1)"
}

func (g maker) ja3Server() (any, string) {
	return some(g, 3, func() object {
		o := g.fingerprint()
		if !g.in(6) {
			o["client"] = g.fingerprint()
		}
		return o
	}), "ja3"
}

func (g maker) ja4() (any, string) {
	return some(g, 2, func() object {
		s := pick(g, poolJA4)
		p := strings.Split(s, "_")
		return object{"ja4": s, "ja4_a": p[0], "ja4_b": p[1], "ja4_c": p[2], "ja4_b_raw": "002f,0035", "ja4_c1_raw": "0005,000a", "ja4_c2_raw": "0403"}
	}), pick(g, poolJA4)
}

func (g maker) ike() (any, string) {
	o := object{"vendor_ids": some(g, 3, func() object {
		v := pick(g, poolVendors)
		if v[1] == "" {
			return object{"value": v[0]}
		}
		return object{"value": v[0], "name": v[1]}
	})}
	if g.in(2) {
		o["notification_type"] = pick(g, poolNotified)
	}
	if g.in(2) {
		o["transforms"] = some(g, 2, func() object {
			t := object{"Authentication": "PSK", "Encryption": pick(g, []string{"3DES", "AES/256"}), "Hash": "SHA1"}
			g.putOrNull(t, "GroupDesc", []string{"MODP_1024"})
			return t
		})
	}
	return o, "vendor_ids"
}
