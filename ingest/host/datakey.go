package host

// DataKey is the name of the member that holds a script's structured result: the script's id, or the name that
// scripts of one kind share, so that one condition finds all of them.
func DataKey(id string) string {
	if key, ok := dataKeys[id]; ok {
		return key
	}
	return id
}

// dataKeys holds the ids whose results share a name. The *-ntlm-info ids are those that Nmap writes; records hold
// them as ntlm-info.
var dataKeys = shareKeys(map[string][]string{
	"ssl-cert": {
		"ssl-cacert",
	},
	"nuclei": {
		"dns-nuclei",
		"http-nuclei",
		"network-nuclei",
		"ssl-nuclei",
		"tcp-nuclei",
	},
	"ls": {
		"afp-ls",
		"http-ls",
		"nfs-ls",
		"smb-ls",
		"ftp-anon",
	},
	"ntlm-info": {
		"http-ntlm-info",
		"imap-ntlm-info",
		"ms-sql-ntlm-info",
		"nntp-ntlm-info",
		"pop3-ntlm-info",
		"rdp-ntlm-info",
		"smtp-ntlm-info",
		"telnet-ntlm-info",
	},
	"vulns": {
		"afp-path-vuln",
		"clamav-exec",
		"distcc-cve2004-2687",
		"ftp-libopie",
		"ftp-vsftpd-backdoor",
		"ftp-vuln-cve2010-4221",
		"http-avaya-ipoffice-users",
		"http-cross-domain-policy",
		"http-dlink-backdoor",
		"http-frontpage-login",
		"http-huawei-hg5xx-vuln",
		"http-iis-short-name-brute",
		"http-method-tamper",
		"http-phpmyadmin-dir-traversal",
		"http-phpself-xss",
		"http-sap-netweaver-leak",
		"http-shellshock",
		"http-slowloris-check",
		"http-tplink-dir-traversal",
		"http-vuln-cve2006-3392",
		"http-vuln-cve2009-3960",
		"http-vuln-cve2010-2861",
		"http-vuln-cve2011-3192",
		"http-vuln-cve2011-3368",
		"http-vuln-cve2012-1823",
		"http-vuln-cve2013-0156",
		"http-vuln-cve2013-6786",
		"http-vuln-cve2013-7091",
		"http-vuln-cve2014-2126",
		"http-vuln-cve2014-2127",
		"http-vuln-cve2014-2128",
		"http-vuln-cve2014-2129",
		"http-vuln-cve2014-3704",
		"http-vuln-cve2014-8877",
		"http-vuln-cve2015-1427",
		"http-vuln-cve2015-1635",
		"http-vuln-cve2017-1001000",
		"http-vuln-cve2017-5638",
		"http-vuln-cve2017-5689",
		"http-vuln-cve2017-8917",
		"http-vuln-misfortune-cookie",
		"http-vuln-wnr1000-creds",
		"ipmi-cipher-zero",
		"mysql-vuln-cve2012-2122",
		"qconn-exec",
		"rdp-vuln-ms12-020",
		"realvnc-auth-bypass",
		"rmi-vuln-classloader",
		"rsa-vuln-roca",
		"samba-vuln-cve-2012-1182",
		"smb-double-pulsar-backdoor",
		"smb-vuln-conficker",
		"smb-vuln-cve-2017-7494",
		"smb-vuln-cve2009-3103",
		"smb-vuln-ms06-025",
		"smb-vuln-ms07-029",
		"smb-vuln-ms08-067",
		"smb-vuln-ms10-054",
		"smb-vuln-ms10-061",
		"smb-vuln-ms17-010",
		"smb-vuln-regsvc-dos",
		"smb-vuln-webexec",
		"smb2-vuln-uptime",
		"smtp-vuln-cve2011-1720",
		"smtp-vuln-cve2011-1764",
		"ssl-ccs-injection",
		"ssl-dh-params",
		"ssl-heartbleed",
		"ssl-poodle",
		"sslv2-drown",
		"supermicro-ipmi-conf",
		"tls-ticketbleed",
	},
})

func shareKeys(lists map[string][]string) map[string]string {
	out := map[string]string{}
	for key, ids := range lists {
		for _, id := range ids {
			out[id] = key
		}
	}
	return out
}
