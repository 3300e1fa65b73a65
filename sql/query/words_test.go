package query

import (
	"strings"
	"testing"
	"time"

	"ivre/sql/tree"
)

// The negation of a word where it is not another condition.
const (
	unused     = "(unused)"
	complement = "(complement)"
)

// wordTable has the condition of each word, and that of its negation.
var wordTable = []struct{ word, want, negated string }{
	{`id:0123456789ABCDEF`, `_id in ["0123456789abcdef"]`, complement},
	{`id:0123456789abcdef-00112233445566ff,0000000000000000`, `_id in ["0123456789abcdef", "00112233445566ff", "0000000000000000"]`, complement},
	{`host:192.0.2.1`, `addr = 192.0.2.1`, complement},
	{`192.0.2.1`, `addr = 192.0.2.1`, complement},
	{`2001:db8::1`, `addr = 2001:db8::1`, complement},
	{`net:192.0.2.0/24`, `addr in 192.0.2.0..192.0.2.255`, `and(exists(addr), not(addr in 192.0.2.0..192.0.2.255))`},
	{`192.0.2.0/24`, `addr in 192.0.2.0..192.0.2.255`, `and(exists(addr), not(addr in 192.0.2.0..192.0.2.255))`},
	{`range:192.0.2.1-192.0.2.9`, `addr in 192.0.2.1..192.0.2.9`, `and(exists(addr), not(addr in 192.0.2.1..192.0.2.9))`},
	{`range:2001:db8::1,2001:db8::ff`, `addr in 2001:db8::1..2001:db8::ff`, `and(exists(addr), not(addr in 2001:db8::1..2001:db8::ff))`},
	{`ipv4`, `addr in 0.0.0.0..255.255.255.255`, `and(exists(addr), not(addr in 0.0.0.0..255.255.255.255))`},
	{`ipv6`, `and(exists(addr), not(addr in 0.0.0.0..255.255.255.255))`, `addr in 0.0.0.0..255.255.255.255`},
	{`timerange:1767225600-1767229200.5`, `and(endtime >= 2026-01-01T00:00:00, starttime <= 2026-01-01T01:00:00.5)`, `or(endtime < 2026-01-01T00:00:00, starttime > 2026-01-01T01:00:00.5)`},
	{`timerange:1767225600,1767229200`, `and(endtime >= 2026-01-01T00:00:00, starttime <= 2026-01-01T01:00:00)`, `or(endtime < 2026-01-01T00:00:00, starttime > 2026-01-01T01:00:00)`},
	{`timeago:90`, `endtime >= 2026-01-02T03:02:35`, `endtime < 2026-01-02T03:02:35`},
	{`timeago:3m`, `endtime >= 2026-01-02T03:01:05`, `endtime < 2026-01-02T03:01:05`},
	{`timeago:2h`, `endtime >= 2026-01-02T01:04:05`, `endtime < 2026-01-02T01:04:05`},
	{`timeago:30d`, `endtime >= 2025-12-03T03:04:05`, `endtime < 2025-12-03T03:04:05`},
	{`timeago:1y`, `endtime >= 2025-01-01T21:04:05`, `endtime < 2025-01-01T21:04:05`},
	{`timeago:999999999y`, `endtime >= -1143-02-16T17:17:25`, `endtime < -1143-02-16T17:17:25`},
	{`timeago:-999999999y`, `endtime >= 5194-11-17T12:50:45`, `endtime < 5194-11-17T12:50:45`},
	{`hostname:www.example.com`, `hostnames.name = "www.example.com"`, complement},
	{`hostname:/^www/i`, `hostnames.name =~ /(?i)^www/`, complement},
	{`domain:example.com`, `hostnames.domains = "example.com"`, complement},
	{`category:lan`, `categories = "lan"`, complement},
	{`category:/a,b/`, `categories =~ /a,b/`, complement},
	{`source:a:b`, `source = "a:b"`, complement},
	{`country:fr`, `infos.country_code = "FR"`, complement},
	{`country:UK,be|de`, `infos.country_code in ["GB", "BE", "DE"]`, complement},
	{`country:EU`, `infos.country_code in ["AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "EU"]`, complement},
	{`city:Paris`, `infos.city = "Paris"`, complement},
	{`asname:/example/i`, `infos.as_name =~ /(?i)example/`, complement},
	{`asnum:AS64500`, `infos.as_num in [64500]`, complement},
	{`asnum:as64500,64501|3`, `infos.as_num in [64500, 64501, 3]`, complement},
	{`80`, `and(openports.tcp.ports = 80)`, `and(not(openports.tcp.ports = 80))`},
	{`tcp/80`, `and(openports.tcp.ports = 80)`, `and(not(openports.tcp.ports = 80))`},
	{`tcp_80`, `and(openports.tcp.ports = 80)`, `and(not(openports.tcp.ports = 80))`},
	{`udp/53`, `and(openports.udp.ports = 53)`, `and(not(openports.udp.ports = 53))`},
	{`80,443,udp/53`, `and(openports.tcp.ports = 80, openports.tcp.ports = 443, openports.udp.ports = 53)`, `and(not(openports.tcp.ports = 80), not(openports.tcp.ports = 443), not(openports.udp.ports = 53))`},
	{`open:80`, `and(openports.tcp.ports = 80)`, unused},
	{`open:80,tcp/443,udp_53`, `and(openports.tcp.ports = 80, openports.tcp.ports = 443, openports.udp.ports = 53)`, unused},
	{`filtered:80`, `and(any(ports: and(port = 80, protocol = "tcp", state_state = "filtered")))`, unused},
	{`closed:80,udp/53`, `and(any(ports: and(port = 80, protocol = "tcp", state_state = "closed")), any(ports: and(port = 53, protocol = "udp", state_state = "closed")))`, unused},
	{`otheropenport:22,80`, `any(openports.tcp.ports: not(. in [22, 80]))`, unused},
	{`openport`, `ports.state_state = "open"`, complement},
	{`countports:5`, `openports.count = 5`, complement},
	{`countports:1-5`, `and(openports.count >= 1, openports.count <= 5)`, `or(openports.count < 1, openports.count > 5)`},
	{`countports:1,5`, `and(openports.count >= 1, openports.count <= 5)`, `or(openports.count < 1, openports.count > 5)`},
	{`countports:5-5`, `openports.count = 5`, complement},
	{`service:http`, `ports.service_name = "http"`, unused},
	{`service:/^http/`, `ports.service_name =~ /^http/`, unused},
	{`service:-`, `not(exists(ports.service_name))`, unused},
	{`service:http:80`, `any(ports: and(service_name = "http", port = 80))`, unused},
	{`service:-:443`, `any(ports: and(not(exists(service_name)), port = 443))`, unused},
	{`product:http:nginx`, `any(ports: and(service_name = "http", service_product = "nginx"))`, unused},
	{`product:-:/x/:80`, `any(ports: and(not(exists(service_name)), service_product =~ /x/, port = 80))`, unused},
	{`version:http:nginx:1.0`, `any(ports: and(service_name = "http", service_product = "nginx", service_version = "1.0"))`, unused},
	{`version:http:-:1.0`, `any(ports: and(service_name = "http", not(exists(service_product)), service_version = "1.0"))`, unused},
	{`version:http:nginx:-:80`, `any(ports: and(service_name = "http", service_product = "nginx", not(exists(service_version)), port = 80))`, unused},
	{`os:/linux/i`, `or(os.osclass.vendor =~ /(?i)linux/, os.osclass.osfamily =~ /(?i)linux/, os.osclass.osgen =~ /(?i)linux/, os.osclass.type =~ /(?i)linux/)`, unused},
	{`devicetype:switch`, `ports.service_devicetype = "switch"`, unused},
	{`devtype:/router/`, `ports.service_devicetype =~ /router/`, unused},
	{`netdev`, `ports.service_devicetype in ["bridge", "broadband router", "firewall", "hub", "load balancer", "proxy server", "router", "switch", "WAP"]`, unused},
	{`networkdevice`, `ports.service_devicetype in ["bridge", "broadband router", "firewall", "hub", "load balancer", "proxy server", "router", "switch", "WAP"]`, unused},
	{`phonedev`, `ports.service_devicetype in ["PBX", "phone", "telecom-misc", "VoIP adapter", "VoIP phone"]`, unused},
	{`anonldap`, `ports.service_extrainfo = "Anonymous bind OK"`, unused},
	{`geovision`, `ports.service_product =~ /(?i)^GeoVision/`, unused},
	{`webmin`, `any(ports: and(service_name = "http", service_product = "MiniServ", not(service_extrainfo = "Webmin httpd")))`, unused},
	{`x11srv`, `any(ports: and(service_name = "X11", not(service_extrainfo = "access denied")))`, unused},
	{`cpe`, `exists(cpes)`, unused},
	{`cpe:`, `exists(cpes)`, unused},
	{`cpe:a`, `any(cpes: and(type = "a"))`, unused},
	{`cpe:/a|o/:apache`, `any(cpes: and(type =~ /a|o/, vendor = "apache"))`, unused},
	{`cpe::apache`, `any(cpes: and(vendor = "apache"))`, unused},
	{`cpe:a:b:c:1:2`, `any(cpes: and(type = "a", vendor = "b", product = "c", version = "1:2"))`, unused},
	{`screenshot`, `exists(ports.screenshot)`, complement},
	{`screenshot:80`, `any(ports: and(port = 80, protocol = "tcp", exists(screenshot)))`, `any(ports: and(port = 80, protocol = "tcp", not(exists(screenshot))))`},
	{`screenshot:udp/80`, `any(ports: and(port = 80, protocol = "udp", exists(screenshot)))`, `any(ports: and(port = 80, protocol = "udp", not(exists(screenshot))))`},
	{`screenshot:http`, `any(ports: and(service_name = "http", exists(screenshot)))`, `any(ports: and(service_name = "http", not(exists(screenshot))))`},
	{`screenwords`, `any(ports: and(exists(screenshot), exists(screenwords)))`, `any(ports: and(exists(screenshot), not(exists(screenwords))))`},
	{`screenwords:Login`, `any(ports: and(exists(screenshot), screenwords = "login"))`, `any(ports: and(exists(screenshot), not(screenwords = "login")))`},
	{`screenwords:/^LOG\D/`, `any(ports: and(exists(screenshot), screenwords =~ /^log[\d]/))`, `any(ports: and(exists(screenshot), not(screenwords =~ /^log[\d]/)))`},
	{`screenwords:Login,Admin`, `any(ports: and(exists(screenshot), and(screenwords = "login", screenwords = "admin")))`, `any(ports: and(exists(screenshot), not(and(screenwords = "login", screenwords = "admin"))))`},
	{`screenwords:login:tcp/80`, `any(ports: and(exists(screenshot), screenwords = "login", port = 80, protocol = "tcp"))`, `any(ports: and(exists(screenshot), not(screenwords = "login"), port = 80, protocol = "tcp"))`},
	{`screenwords:login:80`, `any(ports: and(exists(screenshot), screenwords = "login", port = 80, protocol = "tcp"))`, `any(ports: and(exists(screenshot), not(screenwords = "login"), port = 80, protocol = "tcp"))`},
	{`screenwords:login,admin:udp_80`, `any(ports: and(exists(screenshot), and(screenwords = "login", screenwords = "admin"), port = 80, protocol = "udp"))`, `any(ports: and(exists(screenshot), not(and(screenwords = "login", screenwords = "admin")), port = 80, protocol = "udp"))`},
	{`screenwords:login:http`, `any(ports: and(exists(screenshot), screenwords = "login", service_name = "http"))`, `any(ports: and(exists(screenshot), not(screenwords = "login"), service_name = "http"))`},
	{`screenwords:/log:in/i:http`, `any(ports: and(exists(screenshot), screenwords =~ /(?i)log:in/, service_name = "http"))`, `any(ports: and(exists(screenshot), not(screenwords =~ /(?i)log:in/), service_name = "http"))`},
	{`script:ssl-cert`, `ports.scripts.id = "ssl-cert"`, complement},
	{`script:/^ssl/`, `ports.scripts.id =~ /^ssl/`, complement},
	{`script:banner:/SSH/`, `any(ports.scripts: and(id = "banner", output =~ /SSH/))`, complement},
	{`script:/^http/:text`, `any(ports.scripts: and(id =~ /^http/, output = "text"))`, complement},
	{`script:/^http/:a:b`, `any(ports.scripts: and(id =~ /^http/, output = "a:b"))`, complement},
	{`banner:/^SSH/`, `any(ports.scripts: and(id = "banner", output =~ /^SSH/))`, unused},
	{`cookie:a.b`, `any(ports.scripts: and(id = "http-headers", output =~ /(?i)(?m:^) *Set\-Cookie: a\.b=/))`, unused},
	{`phpmyadmin`, `any(ports.scripts: and(id = "http-headers", output =~ /(?i)(?m:^) *Set\-Cookie: phpMyAdmin=/))`, unused},
	{`anonftp`, `any(ports.scripts: and(id = "ftp-anon", output =~ /^Anonymous FTP login allowed/))`, unused},
	{`authbypassvnc`, `ports.scripts.id = "realvnc-auth-bypass"`, unused},
	{`authhttp`, `any(ports.scripts: and(id = "http-default-accounts", output =~ /credentials found/))`, unused},
	{`file`, `exists(ports.scripts.ls.volumes.files.filename)`, unused},
	{`file:/\.conf$/`, `ports.scripts.ls.volumes.files.filename =~ /\.conf(?:\n?\z)/`, unused},
	{`file:index.html`, `ports.scripts.ls.volumes.files.filename = "index.html"`, unused},
	{`file:ftp-anon,smb-ls:/a:b/`, `any(ports.scripts: and(id in ["ftp-anon", "smb-ls"], ls.volumes.files.filename =~ /a:b/))`, unused},
	{`webfiles`, `ports.scripts.ls.volumes.files.filename =~ /(?i)vhost|www|web\.config|\.htaccess|\.(?:[aj]sp|php|html?|js|css)/`, unused},
	{`vuln`, `exists(ports.scripts.vulns.id)`, unused},
	{`vuln:CVE-2014-0160`, `ports.scripts.vulns.id = "CVE-2014-0160"`, unused},
	{`vuln:CVE-2014-0160:VULNERABLE`, `any(ports.scripts: and(any(vulns: and(id = "CVE-2014-0160", state = "VULNERABLE"))))`, unused},
	{`vuln::VULNERABLE`, `ports.scripts.vulns.state = "VULNERABLE"`, unused},
	{`httptitle:/login/`, `any(ports.scripts: and(id in ["http-title", "html-title"], output =~ /login/))`, complement},
	{`nfs`, `any(ports.scripts: and(id = "rpcinfo", output =~ /nfs/))`, unused},
	{`nis`, `any(ports.scripts: and(id = "rpcinfo", output =~ /ypserv/))`, unused},
	{`yp`, `any(ports.scripts: and(id = "rpcinfo", output =~ /ypserv/))`, unused},
	{`mssqlemptypwd`, `any(ports.scripts: and(id = "ms-sql-empty-password", output =~ /Login Success/))`, unused},
	{`mysqlemptypwd`, `any(ports.scripts: and(id = "mysql-empty-password", output =~ /account has empty password/))`, unused},
	{`x11open`, `any(ports.scripts: and(id = "x11-access", output = "X server access is granted"))`, unused},
	{`owa`, `any(ports.scripts: and(id =~ /^(?:http\-(?:headers|auth\-finder|title)|html\-title)(?:\n?\z)/, output =~ /(?i)[ /](?:owa|exchweb)|X\-OWA\-Version|Outlook Web A/))`, unused},
	{`xp445`, `and(openports.tcp.ports = 445, any(ports.scripts: and(id = "smb-os-discovery", smb-os-discovery.os = "Windows 5.1")))`, unused},
	{`sshkey`, `ports.scripts.id = "ssh-hostkey"`, unused},
	{`sshkey:`, `ports.scripts.id = "ssh-hostkey"`, unused},
	{`sshkey:/rsa/`, `any(ports.scripts: and(id = "ssh-hostkey", output =~ /rsa/))`, unused},
	{`sshkey.fingerprint:AA:BB:cc`, `any(ports.scripts: and(id = "ssh-hostkey", ssh-hostkey.fingerprint = "aabbcc"))`, unused},
	{`sshkey.fingerprint:/^aa/`, `any(ports.scripts: and(id = "ssh-hostkey", ssh-hostkey.fingerprint =~ /^aa/))`, unused},
	{`sshkey.key:AAAAB3`, `any(ports.scripts: and(id = "ssh-hostkey", ssh-hostkey.key = "AAAAB3"))`, unused},
	{`sshkey.type:rsa`, `any(ports.scripts: and(id = "ssh-hostkey", ssh-hostkey.type = "ssh-rsa"))`, unused},
	{`sshkey.bits:2048`, `any(ports.scripts: and(id = "ssh-hostkey", ssh-hostkey.bits = 2048))`, unused},
	{`sshkey.bits:many`, `any(ports.scripts: and(id = "ssh-hostkey", ssh-hostkey.bits = "many"))`, unused},
	{`cert`, `ports.scripts.id = "ssl-cert"`, complement},
	{`cacert`, `ports.scripts.id = "ssl-cacert"`, complement},
	{`cert.self_signed`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.self_signed = true))`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.self_signed = false))`},
	{`cacert.self_signed`, `any(ports.scripts: and(id = "ssl-cacert", ssl-cert.self_signed = true))`, `any(ports.scripts: and(id = "ssl-cacert", ssl-cert.self_signed = false))`},
	{`cert.md5:AA`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.md5 = "aa"))`, complement},
	{`cert.sha1:/^A/`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.sha1 =~ /(?i)^A/))`, complement},
	{`cert.sha256:/^a.b$/m`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.sha256 =~ /(?i)(?:(?m:^))a[^\x{a}]b(?:(?m:$))/))`, complement},
	{`cert.subject:/CN=A/`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.subject_text =~ /CN=A/))`, complement},
	{`cert.issuer:CN=A`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.issuer_text = "CN=A"))`, complement},
	{`cert.pkmd5:AA`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.pubkey.md5 = "aa"))`, complement},
	{`cert.pksha1:AA`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.pubkey.sha1 = "aa"))`, complement},
	{`cert.pksha256:AA`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.pubkey.sha256 = "aa"))`, complement},
	{`cert.pubkey.md5:AA`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.pubkey.md5 = "aa"))`, complement},
	{`cert.pubkey.sha1:AA`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.pubkey.sha1 = "aa"))`, complement},
	{`cert.pubkey.sha256:/AA/`, `any(ports.scripts: and(id = "ssl-cert", ssl-cert.pubkey.sha256 =~ /(?i)AA/))`, complement},
	{`cacert.sha256:AA`, `any(ports.scripts: and(id = "ssl-cacert", ssl-cert.sha256 = "aa"))`, complement},
	{`cacert.subject:/A/`, `any(ports.scripts: and(id = "ssl-cacert", ssl-cert.subject_text =~ /A/))`, complement},
	{`torcert`, `any(ports.scripts: and(id = "ssl-cert", any(ssl-cert: and(subject_text =~ /^commonName=www\.[a-z2-7]{8,20}\.(?:net|com)(?:\n?\z)/, issuer_text =~ /^commonName=www\.[a-z2-7]{8,20}\.(?:net|com)(?:\n?\z)/, self_signed = false))))`, unused},
	{`httphdr`, `ports.scripts.id = "http-headers"`, unused},
	{`httphdr:Server`, `any(ports.scripts: and(id = "http-headers", any(http-headers: and(name = "server"))))`, unused},
	{`httphdr:/^X-/`, `any(ports.scripts: and(id = "http-headers", any(http-headers: and(name =~ /^x\-/))))`, unused},
	{`httphdr:Server:/Apache/`, `any(ports.scripts: and(id = "http-headers", any(http-headers: and(name = "server", value =~ /Apache/))))`, unused},
	{`httphdr::Apache`, `any(ports.scripts: and(id = "http-headers", any(http-headers: and(value = "Apache"))))`, unused},
	{`httphdr:Server:`, `any(ports.scripts: and(id = "http-headers", any(http-headers: and(name = "server", value = ""))))`, unused},
	{`httpapp`, `ports.scripts.id = "http-app"`, unused},
	{`httpapp:WordPress`, `any(ports.scripts: and(id = "http-app", any(http-app: and(application = "WordPress"))))`, unused},
	{`httpapp:WordPress:/^6/`, `any(ports.scripts: and(id = "http-app", any(http-app: and(application = "WordPress", version =~ /^6/))))`, unused},
	{`httpapp::6`, `any(ports.scripts: and(id = "http-app", any(http-app: and(version = "6"))))`, unused},
	{`smb.os:/Windows/`, `any(ports.scripts: and(id = "smb-os-discovery", smb-os-discovery.os =~ /Windows/))`, unused},
	{`smb.dnsdomain:a`, `any(ports.scripts: and(id = "smb-os-discovery", smb-os-discovery.domain_dns = "a"))`, unused},
	{`smb.forest:a`, `any(ports.scripts: and(id = "smb-os-discovery", smb-os-discovery.forest_dns = "a"))`, unused},
	{`smb.ntlm_os:a`, `any(ports.scripts: and(id = "smb-os-discovery", smb-os-discovery.ntlm-os = "a"))`, unused},
	{`smb.ntlm_version:a`, `any(ports.scripts: and(id = "smb-os-discovery", smb-os-discovery.ntlm-version = "a"))`, unused},
	{`smb.smb_version:a`, `any(ports.scripts: and(id = "smb-os-discovery", smb-os-discovery.smb-version = "a"))`, unused},
	{`ntlm.name:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.Target_Name = "a"))`, unused},
	{`ntlm.server:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.NetBIOS_Computer_Name = "a"))`, unused},
	{`ntlm.domain:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.NetBIOS_Domain_Name = "a"))`, unused},
	{`ntlm.workgroup:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.Workgroup = "a"))`, unused},
	{`ntlm.domain_dns:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.DNS_Domain_Name = "a"))`, unused},
	{`ntlm.forest:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.DNS_Tree_Name = "a"))`, unused},
	{`ntlm.fqdn:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.DNS_Computer_Name = "a"))`, unused},
	{`ntlm.os:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.Product_Version = "a"))`, unused},
	{`ntlm.version:a`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.NTLM_Version = "a"))`, unused},
	{`ntlm.protocol:smb`, `any(ports.scripts: and(id = "ntlm-info", ntlm-info.protocol = "smb"))`, unused},
	{`smbshare`, `any(ports.scripts: and(id = "smb-enum-shares", any(smb-enum-shares.shares: and(or(Anonymous access =~ /^(?:READ|WRITE)/, Current user access =~ /^(?:READ|WRITE)/), not(Share = "IPC$"), not(Type in ["STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ"])))))`, unused},
	{`smbshare:`, `any(ports.scripts: and(id = "smb-enum-shares", any(smb-enum-shares.shares: and(or(Anonymous access =~ /^(?:READ|WRITE)/, Current user access =~ /^(?:READ|WRITE)/), not(Share = "IPC$"), not(Type in ["STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ"])))))`, unused},
	{`smbshare:r`, `any(ports.scripts: and(id = "smb-enum-shares", any(smb-enum-shares.shares: and(or(Anonymous access =~ /^READ(?:/|(?:\n?\z))/, Current user access =~ /^READ(?:/|(?:\n?\z))/), not(Share = "IPC$"), not(Type in ["STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ"])))))`, unused},
	{`smbshare:W`, `any(ports.scripts: and(id = "smb-enum-shares", any(smb-enum-shares.shares: and(or(Anonymous access =~ /(?:^|/)WRITE(?:\n?\z)/, Current user access =~ /(?:^|/)WRITE(?:\n?\z)/), not(Share = "IPC$"), not(Type in ["STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ"])))))`, unused},
	{`smbshare:rw`, `any(ports.scripts: and(id = "smb-enum-shares", any(smb-enum-shares.shares: and(or(Anonymous access = "READ/WRITE", Current user access = "READ/WRITE"), not(Share = "IPC$"), not(Type in ["STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ"])))))`, unused},
	{`smbshare:wr`, `any(ports.scripts: and(id = "smb-enum-shares", any(smb-enum-shares.shares: and(or(Anonymous access = "READ/WRITE", Current user access = "READ/WRITE"), not(Share = "IPC$"), not(Type in ["STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ"])))))`, unused},
	{`ike.vendor_id.name:a`, `any(ports.scripts: and(id = "ike-info", ike-info.vendor_ids.name = "a"))`, unused},
	{`ike.vendor_id.value:/a/`, `any(ports.scripts: and(id = "ike-info", ike-info.vendor_ids.value =~ /a/))`, unused},
	{`ike.notification:a`, `any(ports.scripts: and(id = "ike-info", ike-info.notification_type = "a"))`, unused},
	{`useragent`, `ports.scripts.id = "http-user-agent"`, complement},
	{`useragent:`, `ports.scripts.id = "http-user-agent"`, complement},
	{`useragent:/curl/`, `any(ports.scripts: and(id = "http-user-agent", http-user-agent =~ /curl/))`, complement},
	{`ssl-jarm`, `ports.scripts.id = "ssl-jarm"`, complement},
	{`ssl-jarm:AA`, `any(ports.scripts: and(id = "ssl-jarm", ssl-jarm = "aa"))`, complement},
	{`ssl-jarm:/^a/`, `any(ports.scripts: and(id = "ssl-jarm", ssl-jarm =~ /^a/))`, complement},
	{`hassh`, `ports.scripts.id = "ssh2-enum-algos"`, unused},
	{`hassh:/curve/`, `any(ports.scripts: and(id = "ssh2-enum-algos", ssh2-enum-algos.hassh.raw =~ /curve/))`, unused},
	{`hassh-server`, `any(ports.scripts: and(id = "ssh2-enum-algos", not(port.port = -1)))`, unused},
	{`hassh-server:0123456789ABCDEF0123456789abcdef`, `any(ports.scripts: and(id = "ssh2-enum-algos", ssh2-enum-algos.hassh.md5 = "0123456789abcdef0123456789abcdef", not(port.port = -1)))`, unused},
	{`hassh-client`, `any(ports.scripts: and(id = "ssh2-enum-algos", port.port = -1))`, unused},
	{`hassh-client:0123456789abcdef0123456789abcdef01234567`, `any(ports.scripts: and(id = "ssh2-enum-algos", ssh2-enum-algos.hassh.sha1 = "0123456789abcdef0123456789abcdef01234567", port.port = -1))`, unused},
	{`ssl-ja3-client`, `ports.scripts.id = "ssl-ja3-client"`, complement},
	{`ssl-ja3-client:769,47-53,0-10,11,0`, `any(ports.scripts: and(id = "ssl-ja3-client", ssl-ja3-client.md5 = "de6bab8476d6c7ea41e1e105b8f3e899"))`, complement},
	{`ssl-ja3-client:/^769/`, `any(ports.scripts: and(id = "ssl-ja3-client", ssl-ja3-client.raw =~ /^769/))`, complement},
	{`ssl-ja3-client:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`, `any(ports.scripts: and(id = "ssl-ja3-client", ssl-ja3-client.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))`, complement},
	{`ssl-ja3-server`, `ports.scripts.id = "ssl-ja3-server"`, complement},
	{`ssl-ja3-server:0123456789abcdef0123456789abcdef`, `any(ports.scripts: and(id = "ssl-ja3-server", any(ssl-ja3-server: and(md5 = "0123456789abcdef0123456789abcdef"))))`, complement},
	{`ssl-ja3-server:/^769/:/^770/`, `any(ports.scripts: and(id = "ssl-ja3-server", any(ssl-ja3-server: and(raw =~ /^769/, client.raw =~ /^770/))))`, complement},
	{`ssl-ja3-server::/^770/`, `any(ports.scripts: and(id = "ssl-ja3-server", any(ssl-ja3-server: and(client.raw =~ /^770/))))`, complement},
	{`ssl-ja4-client`, `ports.scripts.id = "ssl-ja4-client"`, complement},
	{`ssl-ja4-client:t13d1516h2_8daaf6152771_02713d6af862`, `any(ports.scripts: and(id = "ssl-ja4-client", ssl-ja4-client.ja4 = "t13d1516h2_8daaf6152771_02713d6af862"))`, complement},
	{`ssl-ja4-client:/^t13/`, `any(ports.scripts: and(id = "ssl-ja4-client", ssl-ja4-client.ja4 =~ /^t13/))`, complement},
	{`hop:192.0.2.1`, `any(traces.hops: and(ipaddr = 192.0.2.1))`, complement},
	{`hop:192.0.2.1:3`, `any(traces.hops: and(ipaddr = 192.0.2.1, ttl = 3))`, `or(any(traces.hops: and(ttl = 3, not(ipaddr = 192.0.2.1))), not(any(traces.hops: and(ttl = 3))))`},
	{`hop:2001:db8::1`, `any(traces.hops: and(ipaddr = 2001:db8::1))`, complement},
	{`hop:2001:db8:0:0:0:0:0:1:3`, `any(traces.hops: and(ipaddr = 2001:db8::1, ttl = 3))`, `or(any(traces.hops: and(ttl = 3, not(ipaddr = 2001:db8::1))), not(any(traces.hops: and(ttl = 3))))`},
	{`hopname:r.example.com`, `traces.hops.host = "r.example.com"`, complement},
	{`hopname:/r/`, `traces.hops.host = "/r/"`, complement},
	{`hopdomain:example.com`, `traces.hops.domains = "example.com"`, complement},
	{`tag`, `exists(tags.value)`, complement},
	{`tag:`, `exists(tags.value)`, complement},
	{`tag:CDN`, `any(tags: and(value = "CDN"))`, complement},
	{`tag:/^C/`, `any(tags: and(value =~ /^C/))`, complement},
	{`tag:CDN:x`, `any(tags: and(value = "CDN", info = "x"))`, complement},
	{`tag::x`, `any(tags: and(info = "x"))`, complement},
	{`tag:CDN:`, `any(tags: and(value = "CDN"))`, complement},
	{`tag::`, `exists(tags.value)`, complement},
	{`ports.port<100`, `ports.port < 100`, `ports.port >= 100`},
	{`ports.port<=100`, `ports.port <= 100`, `ports.port > 100`},
	{`ports.port>100`, `ports.port > 100`, `ports.port <= 100`},
	{`ports.port>=-100`, `ports.port >= -100`, `ports.port < -100`},
	{`a>5<6`, `a>5 < 6`, `a>5 >= 6`},
}

// textIn is the condition that some field which full text looks at matches.
func textIn(pattern string) string {
	var tests []string
	for _, path := range textPaths {
		tests = append(tests, path+" =~ /(?i)"+pattern+"/")
	}
	return "or(" + strings.Join(tests, ", ") + ")"
}

var tableOptions = Options{DB: View, RegexMaxLength: 1000, RegexStarriness: 2, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}

func TestWordTable(t *testing.T) {
	table := append(wordTable[:len(wordTable):len(wordTable)],
		struct{ word, want, negated string }{"search:Xkqb", "and(or(" + textIn(wholeWord("xkqb")) + "))", unused},
		struct{ word, want, negated string }{`'search:xkqb "k q" -bk'`, "and(" + textIn("k q") + ", not(" + textIn(wholeWord("bk")) + "))", unused})
	for _, c := range table {
		if got := formatted(t, c.word); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.word, got, c.want)
		}
		if c.negated == complement {
			c.negated = "not(" + c.want + ")"
		}
		for _, sign := range []string{"-", "!"} {
			if got := formatted(t, sign+c.word); got != c.negated {
				t.Errorf("%s%s:\n got %s\nwant %s", sign, c.word, got, c.negated)
			}
		}
	}
	wordsAreComplete(t)
}

func wholeWord(s string) string {
	return `(?:^|[^\pL\pN_])` + s + `(?:[sśšş]|[eèéêëēę][sśšş]|[eèéêëēę]d|[iìíîïī][nñńň]g|l[yýÿ]|[eèéêëēę])?(?:(?:\n?\z)|[^\pL\pN_])`
}

func formatted(t *testing.T, q string) string {
	t.Helper()
	got, err := Parse(q, tableOptions)
	switch all, _ := got.Filter.(tree.And); {
	case err != nil:
		return err.Error()
	case len(got.Unused) == 1 && got.Filter == nil:
		return unused
	case len(got.Unused) > 0 || len(all) != 1:
		t.Fatalf("%s: %+v", q, got)
		return ""
	default:
		return tree.Format(all[0])
	}
}

// wordsAreComplete fails for words that the table lacks.
func wordsAreComplete(t *testing.T) {
	t.Helper()
	seen := map[string]bool{"search": true}
	for _, c := range wordTable {
		param, _, _ := strings.Cut(c.word, ":")
		seen[param] = true
	}
	need := func(param string) {
		t.Helper()
		if !seen[param] {
			t.Errorf("there is no row for %s", param)
		}
	}
	for name := range tokens {
		need(name)
	}
	for name := range plain {
		need(name)
	}
	for _, f := range families {
		found := false
		for param := range seen {
			found = found || strings.HasPrefix(param, f.prefix)
		}
		if !found {
			t.Errorf("there is no row for %s", f.prefix)
		}
	}
	for key := range certKeys {
		need("cert." + key)
	}
	for key := range smbKeys {
		need("smb." + key)
	}
	for key := range NTLMKeys {
		need("ntlm." + key)
	}
}

// TestViewWords checks which words scans lack.
func TestViewWords(t *testing.T) {
	onlyViews := map[string]bool{"country": true, "city": true, "asname": true, "asnum": true, "tag": true}
	opt := tableOptions
	opt.DB = Scans
	for _, c := range wordTable {
		param, _, _ := strings.Cut(c.word, ":")
		got, err := Parse(c.word, opt)
		if err != nil || (got.Filter == nil) != onlyViews[param] || (got.Unused != nil) != onlyViews[param] {
			t.Errorf("%s: %+v, %v", c.word, got, err)
		}
	}
}
