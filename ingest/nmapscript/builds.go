package nmapscript

// WindowsBuild returns the version number of a Windows ("10.0.14393") by the name that it tells in SMB ("Windows Server
// 2016 Standard 14393"), "" if it is not known.
func WindowsBuild(name string) string { return windowsBuilds[name] }

// windowsBuilds holds the version numbers that Windows tells in NTLM, by the name that it tells in SMB.
var windowsBuilds = allBuilds()

// builds lists the names, without "Windows ", of each version.
var builds = map[string][]string{
	"4.0.1381":           {"NT 4.0"},
	"5.0.2195":           {"2000", "5.0"},
	"5.1.2600":           {"XP", "5.1"},
	"5.1.2600.1105-1106": {"XP 3790 Service Pack 1"},
	"5.1.2600.2180":      {"XP 3790 Service Pack 2"},
	"5.2.3790":           {"Server 2003 3790", "Server 2003 3790 Service Pack 2", "Server 2003 R2 3790 Service Pack 2"},
	"5.2.3790.1180":      {"Server 2003 3790 Service Pack 1"},
	"6.0.6000":           {"Vista (TM) Enterprise 6000"},
	"6.0.6001":           {"Vista (TM) Enterprise 6001 Service Pack 1", "Server (R) 2008 Enterprise 6001 Service Pack 1"},
	"6.0.6002":           {"Vista (TM) Enterprise 6002 Service Pack 2", "Server (R) 2008 Enterprise 6002 Service Pack 2"},
	"6.0.6003":           {"Server (R) 2008 Enterprise 6003 Service Pack 2", "Server (R) 2008 Standard 6002 Service Pack 2"},
	"6.1.7600":           {"Server 2008 R2 Enterprise 7600", "7 Enterprise 7600", "7 Professional 7600"},
	"6.1.7601": {"Server 2008 R2 Enterprise 7601 Service Pack 1", "Server 2008 R2 Standard 7601 Service Pack 1",
		"Web Server 2008 R2 7601 Service Pack 1", "7 Enterprise 7601 Service Pack 1", "7 Professional 7601 Service Pack 1"},
	"6.2.9200":   {"8 Enterprise Evaluation 9200", "Server 2012 Standard 9200"},
	"6.3.9200":   {"8.1 Enterprise 9600"}, // not 6.3.9600: this is what that system tells
	"6.3.9600":   {"Server 2012 R2 Standard 9600"},
	"10.0.14393": {"Server 2016 Standard 14393"},
}

// Windows 10 has its build in its name.
var (
	windows10Builds   = []string{"10240", "10586", "14393", "15063", "16299", "17134", "17763", "18362", "18363", "19041"}
	windows10Variants = []string{"", "2015 LTSB ", "2016 LTSB ", "LTSC 2019 "}
)

func allBuilds() map[string]string {
	all := map[string]string{}
	for build, names := range builds {
		for _, name := range names {
			all["Windows "+name] = build
		}
	}
	for _, build := range windows10Builds {
		for _, variant := range windows10Variants {
			all["Windows 10 Enterprise "+variant+build] = "10.0." + build
			all["Windows 10 Enterprise Evaluation "+variant+build] = "10.0." + build
		}
	}
	return all
}
