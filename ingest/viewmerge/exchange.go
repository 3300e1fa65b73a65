package viewmerge

import "strings"

// exchangeBuild names the version of Microsoft Exchange by the build number that Outlook on the web tells.
func exchangeBuild(version string) string {
	if strings.HasPrefix(version, "15.") { // the fourth component tells security updates only
		if parts := strings.SplitN(version, ".", 4); len(parts) == 4 {
			version = strings.Join(parts[:3], ".")
		}
	}
	if name, ok := exchangeBuilds[version]; ok {
		return "Exchange Server " + name
	}
	return "unknown build number"
}

// exchangeBuilds are the releases in Microsoft's list of Exchange Server build numbers and release dates
// (https://learn.microsoft.com/exchange/new-features/build-numbers-and-release-dates), without updates of releases.
var exchangeBuilds = map[string]string{
	"6.0.4417": "2000", "6.0.4712": "2000 SP1", "6.0.5762": "2000 SP2", "6.0.6249": "2000 SP3",
	"6.5.6944": "2003", "6.5.7226": "2003 SP1", "6.5.7638": "2003 SP2",
	"8.0.685.25": "2007 RTM", "8.1.240.6": "2007 SP1", "8.2.176.2": "2007 SP2", "8.3.83.6": "2007 SP3",
	"14.0.639.21": "2010 RTM", "14.1.218.15": "2010 SP1", "14.2.247.5": "2010 SP2", "14.3.123.4": "2010 SP3",

	"15.0.516": "2013 RTM", "15.0.620": "2013 CU1", "15.0.712": "2013 CU2", "15.0.775": "2013 CU3", "15.0.847": "2013 SP1",
	"15.0.913": "2013 CU5", "15.0.995": "2013 CU6", "15.0.1044": "2013 CU7", "15.0.1076": "2013 CU8", "15.0.1104": "2013 CU9",
	"15.0.1130": "2013 CU10", "15.0.1156": "2013 CU11", "15.0.1178": "2013 CU12", "15.0.1210": "2013 CU13",
	"15.0.1236": "2013 CU14", "15.0.1263": "2013 CU15", "15.0.1293": "2013 CU16", "15.0.1320": "2013 CU17",
	"15.0.1347": "2013 CU18", "15.0.1365": "2013 CU19", "15.0.1367": "2013 CU20", "15.0.1395": "2013 CU21",
	"15.0.1473": "2013 CU22", "15.0.1497": "2013 CU23",

	"15.1.225": "2016 Preview / Exchange Server 2016 RTM", "15.1.396": "2016 CU1", "15.1.466": "2016 CU2",
	"15.1.544": "2016 CU3", "15.1.669": "2016 CU4", "15.1.845": "2016 CU5", "15.1.1034": "2016 CU6", "15.1.1261": "2016 CU7",
	"15.1.1415": "2016 CU8", "15.1.1466": "2016 CU9", "15.1.1531": "2016 CU10", "15.1.1591": "2016 CU11",
	"15.1.1713": "2016 CU12", "15.1.1779": "2016 CU13", "15.1.1847": "2016 CU14", "15.1.1913": "2016 CU15",
	"15.1.1979": "2016 CU16", "15.1.2044": "2016 CU17", "15.1.2106": "2016 CU18", "15.1.2176": "2016 CU19",
	"15.1.2242": "2016 CU20", "15.1.2308": "2016 CU21", "15.1.2375": "2016 CU22", "15.1.2507": "2016 CU23",

	"15.2.196": "2019 Preview", "15.2.221": "2019 RTM", "15.2.330": "2019 CU1", "15.2.397": "2019 CU2", "15.2.464": "2019 CU3",
	"15.2.529": "2019 CU4", "15.2.595": "2019 CU5", "15.2.659": "2019 CU6", "15.2.721": "2019 CU7", "15.2.792": "2019 CU8",
	"15.2.858": "2019 CU9", "15.2.922": "2019 CU10", "15.2.986": "2019 CU11", "15.2.1118": "2019 CU12",
	"15.2.1258": "2019 CU13", "15.2.1544": "2019 CU14", "15.2.1748": "2019 CU15",
}
