package webdata

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// GovCloud makes govcloud.json of the lists of AWS (ip-ranges.json, of which only the regions us-gov-* count) and Azure
// (ServiceTags_AzureGovernment_*.json); nil if there is none. The label of a slice is a list of texts: "Platform: AWS",
// "Region: us-gov-west-1", "Service: EC2".
func GovCloud(aws, azure []byte) ([]byte, error) {
	var m tableMaker
	if aws != nil {
		if err := addAWS(&m, aws); err != nil {
			return nil, fmt.Errorf("%s: %w", AWSFile, err)
		}
	}
	if azure != nil {
		if err := addAzure(&m, azure); err != nil {
			return nil, fmt.Errorf("%s: %w", AzureFile, err)
		}
	}
	return m.write(func(labels []string) string { return "[" + strings.Join(labels, ", ") + "]" })
}

// checkAWS and checkAzure are for downloads that are kept as they are.
func checkAWS(download []byte) ([]byte, error) { return download, addAWS(&tableMaker{}, download) }

func checkAzure(download []byte) ([]byte, error) { return download, addAzure(&tableMaker{}, download) }

// govLabels are the labels of a network; what is not known is left out.
func govLabels(platform, region, service string) []string {
	labels := []string{jsonText("Platform: " + platform)}
	if region != "" {
		labels = append(labels, jsonText("Region: "+region))
	}
	if service != "" {
		labels = append(labels, jsonText("Service: "+service))
	}
	return labels
}

func addAWS(m *tableMaker, download []byte) error {
	type network struct {
		IPv4    string `json:"ip_prefix"`
		IPv6    string `json:"ipv6_prefix"`
		Region  string `json:"region"`
		Service string `json:"service"`
	}
	var list struct {
		Prefixes     []network `json:"prefixes"`
		IPv6Prefixes []network `json:"ipv6_prefixes"`
	}
	if err := unmarshal(download, &list); err != nil {
		return err
	}
	found := false
	for _, networks := range [][]network{list.Prefixes, list.IPv6Prefixes} {
		for _, n := range networks {
			if !strings.HasPrefix(n.Region, "us-gov-") {
				continue
			}
			p, err := parseNetwork(n.IPv4 + n.IPv6) // it has one of them
			if err == nil {
				err = m.add(p, govLabels("AWS", n.Region, n.Service)...)
			}
			if err != nil {
				return err
			}
			found = true
		}
	}
	if !found {
		return errEmpty
	}
	return nil
}

func addAzure(m *tableMaker, download []byte) error {
	var list struct {
		Values []struct {
			Properties struct {
				Platform        string   `json:"platform"`
				Region          string   `json:"region"`
				SystemService   string   `json:"systemService"`
				AddressPrefixes []string `json:"addressPrefixes"`
			} `json:"properties"`
		} `json:"values"`
	}
	if err := unmarshal(download, &list); err != nil {
		return err
	}
	found := false
	for _, v := range list.Values {
		of := &v.Properties
		if of.Platform == "" {
			of.Platform = "Azure"
		}
		labels := govLabels(of.Platform, of.Region, of.SystemService)
		for _, text := range of.AddressPrefixes {
			p, err := parseNetwork(text)
			if err == nil {
				err = m.add(p, labels...)
			}
			if err != nil {
				return err
			}
			found = true
		}
	}
	if !found {
		return errEmpty
	}
	return nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	p, ok := parseEntry(text)
	if !ok {
		return p, fmt.Errorf("%.60q is no network", text)
	}
	return p, nil
}

// azureURL is the address of Azure's list, in a page or in a script of it, where slashes may be written as \/. The list
// has another one every week.
var azureURL = regexp.MustCompile(`https?:(?:\\?/)[^\s"'<>]*/ServiceTags_AzureGovernment_[0-9]+\.json`)

func azureLink(page []byte) (url string, ok bool) {
	found := azureURL.Find(page)
	return strings.ReplaceAll(string(found), `\/`, "/"), found != nil
}
