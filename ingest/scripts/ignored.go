package scripts

import (
	"regexp"
	"strings"
)

// Ignored tells whether the result of a script says nothing that is worth keeping. A script without a text is never
// ignored for it.
func Ignored(id, output string, hasOutput bool) bool {
	if strings.HasSuffix(id, "-screenshot") && screenshotScripts[id] {
		return true
	}
	if !hasOutput {
		return false
	}
	switch output {
	case "Unable to open connection", "false", "TIMEOUT", "ERROR", "\n", "\r\n":
		return true
	}
	for _, s := range emptyResults[id] {
		if output == s {
			return true
		}
	}
	if re, ok := emptyPatterns[id]; ok && re.MatchString(output) {
		return true
	}
	return failed(output)
}

// failed tells whether a text is the report of a failure.
func failed(output string) bool {
	if strings.Contains(output, "ERROR: ") && errorLine.MatchString(output) {
		return true
	}
	if strings.Contains(output, "TIMEOUT") && timeoutLine.MatchString(output) {
		return true
	}
	// the hash of nothing
	return containsFold(output, "d41d8cd98f00b204e9800998ecf8427e")
}

// containsFold is strings.Contains for a text in lower case, whatever the case of s.
func containsFold(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if (s[i] == sub[0] || s[i] == sub[0]-32) && strings.EqualFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}

var (
	errorLine = regexp.MustCompile(`(?m)^ *ERROR: (Failed to connect to server|Failed to receive response from server|` +
		`Script execution failed \(use -d to debug\)|Receiving packet: ERROR|Receiving packet: EOF|Failed to send packet: ERROR|ERROR)`)
	timeoutLine = regexp.MustCompile(`(?m)^ *(SMB|ERROR):.*TIMEOUT`)
	noLogin     = regexp.MustCompile(`(?m)^ *(ERROR: )?(No login credentials|TCP: Socket connection failed, Named Pipes: No named pipe for this instance)\.?$`)
)

// emptyPatterns find texts without a result, by script.
var emptyPatterns = map[string]*regexp.Regexp{
	"smtp-commands":             regexp.MustCompile(`^Couldn't establish connection on port [0-9]+$`),
	"ms-sql-config":             noLogin,
	"ms-sql-dump-hashes":        noLogin,
	"ms-sql-hasdbaccess":        noLogin,
	"ms-sql-query":              noLogin,
	"ms-sql-tables":             noLogin,
	"irc-botnet-channels":       regexp.MustCompile(`^\n  ERROR: Closing Link: `),
	"http-php-version":          regexp.MustCompile(`^(Logo query returned unknown hash [0-9a-f]{32}(\nCredits query returned unknown hash [0-9a-f]{32})?|Credits query returned unknown hash [0-9a-f]{32})$`),
	"p2p-conficker":             regexp.MustCompile(`Host is CLEAN or ports are blocked`),
	"dns-nsec-enum":             regexp.MustCompile(`^Can't determine domain for host .*; use dns-nsec-enum\.domains script arg.$`),
	"dns-nsec3-enum":            regexp.MustCompile(`^Can't determine domain for host .*; use dns-nsec3-enum\.domains script arg.$`),
	"http-vhosts":               regexp.MustCompile(`^\n[0-9]+ names had status ([0-9]{3}|ERROR)`),
	"http-fileupload-exploiter": regexp.MustCompile(`^(\n  \n    Couldn't find a file-type field\.)*$`),
}

// emptyResults are texts without a result, by script.
var emptyResults = map[string][]string{
	"mcafee-epo-agent": {
		"ePO Agent not found",
	},
	"ftp-bounce": {
		"no banner",
	},
	"telnet-encryption": {
		"\n  ERROR: Failed to send packet: TIMEOUT",
	},
	"http-mobileversion-checker": {
		"No mobile version detected.",
	},
	"http-referer-checker": {
		"Couldn't find any cross-domain scripts.",
	},
	"http-default-accounts": {
		"[ERROR] HTTP request table is empty. This should not happen since we at least made one request.",
	},
	"http-headers": {
		"\n  (Request type: GET)\n",
	},
	"http-cisco-anyconnect": {
		"\n  ERROR: Not a Cisco ASA or unsupported version",
	},
	"http-trane-info": {
		"Problem with XML parsing of /evox/about",
	},
	"ndmp-fs-info": {
		"\n  ERROR: Failed to get filesystem information from server",
	},
	"ndmp-version": {
		"\n  ERROR: Failed to get host information from server",
	},
	"ajp-auth": {
		"\n  ERROR: Failed to connect to AJP server",
	},
	"ajp-headers": {
		"\n  ERROR: Failed to retrieve server headers",
	},
	"ajp-methods": {
		"Failed to get a valid response for the OPTION request",
	},
	"ajp-request": {
		"\n  ERROR: Failed to retrieve response for request",
		"\n  ERROR: Failed to connect to AJP server",
	},
	"giop-info": {
		"  \n  ERROR: Failed to read Packet.GIOP",
	},
	"rsync-list-modules": {
		"\n  ERROR: Failed to connect to rsync server",
		"\n  ERROR: Failed to retrieve a list of modules",
	},
	"sip-methods": {
		"ERROR: Failed to connect to the SIP server.",
	},
	"sip-call-spoof": {
		"ERROR: Failed to connect to the SIP server.",
	},
	"rpcap-info": {
		"\n  ERROR: EOF",
	},
	"rmi-dumpregistry": {
		"Registry listing failed (Handshake failed)",
	},
	"voldemort-info": {
		"\n  ERROR: Unsupported protocol",
	},
	"irc-botnet-channels": {
		"\n  ERROR: EOF\n",
	},
	"bitcoin-getaddr": {
		"\n  ERROR: Failed to extract address information",
		"\n  ERROR: Failed to extract version information",
	},
	"bitcoin-info": {
		"\n  ERROR: Failed to extract version information",
	},
	"drda-info": {
		"The response contained no EXCSATRD",
	},
	"rdp-enum-encryption": {
		"Received unhandled packet",
	},
	"ldap-search": {
		"ERROR: Failed to bind as the anonymous user",
	},
	"mongodb-databases": {
		"No Bson data returned",
	},
	"snmp-hh3c-logins": {
		"\n  baseoid: 1.3.6.1.4.1.25506.2.12.1.1.1",
	},
	"dns-nsec-enum": {
		"\n  No NSEC records found\n",
	},
	"dns-nsec3-enum": {
		"\n  DNSSEC NSEC3 not supported\n",
	},
	"http-csrf": {
		"Couldn't find any CSRF vulnerabilities.",
	},
	"http-devframework": {
		"Couldn't determine the underlying framework or CMS. Try increasing 'httpspider.maxpagecount' value to spider more pages.",
	},
	"http-dombased-xss": {
		"Couldn't find any DOM based XSS.",
	},
	"http-drupal-enum": {
		"Nothing found amongst the top 100 resources,use --script-args number=<number|all> for deeper analysis)",
	},
	"http-errors": {
		"Couldn't find any error pages.",
	},
	"http-feed": {
		"Couldn't find any feeds.",
	},
	"http-litespeed-sourcecode-download": {
		"Request with null byte did not work. This web server might not be vulnerable",
		"Page: /index.php was not found. Try with an existing file.",
	},
	"http-sitemap-generator": {
		"\n  Directory structure:\n    /\n      Other: 1\n  Longest directory structure:\n    Depth: 0\n    Dir: /\n  Total files found (by extension):\n    Other: 1\n",
		"\n  Directory structure:\n  Longest directory structure:\n    Depth: 0\n    Dir: /\n  Total files found (by extension):\n    \n",
	},
	"http-stored-xss": {
		"Couldn't find any stored XSS vulnerabilities.",
	},
	"http-wordpress-enum": {
		"Nothing found amongst the top 100 resources,use --script-args search-limit=<number|all> for deeper analysis)",
	},
	"http-wordpress-users": {
		"[Error] Wordpress installation was not found. We couldn't find wp-login.php",
	},
	"ssl-date": {
		"TLS randomness does not represent time",
	},
	"http-comments-displayer": {
		"Couldn't find any comments.",
	},
	"http-jsonp-detection": {
		"Couldn't find any JSONP endpoints.",
	},
	"firewalk": {
		"None found",
	},
	"ipidseq": {
		"Unknown",
	},
	"fcrdns": {
		"FAIL (No PTR record)",
	},
	"msrpc-enum": {
		"SMB: ERROR: Server disconnected the connection",
	},
	"smb-mbenum": {
		"\n  ERROR: Failed to connect to browser service: SMB: ERROR: Server disconnected the connection",
	},
}
