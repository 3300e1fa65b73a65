-- +goose Up

-- What is known of DNS answers is not stored any more, but made when it is asked for.
{{range tables "passive_events" "passive"}}
ALTER TABLE {{.}} {{on}} ADD COLUMN IF NOT EXISTS domains Array(String) ALIAS {{passiveDomains}} COMMENT 'infos: a name and its parents';
ALTER TABLE {{.}} {{on}} ADD COLUMN IF NOT EXISTS target_domains Array(String) ALIAS {{passiveTargetDomains}} COMMENT 'infos: the name that was the answer, and its parents';
ALTER TABLE {{.}} {{on}} ADD COLUMN IF NOT EXISTS all_infos String ALIAS {{passiveAllInfos}} COMMENT 'infos, also of DNS answers';
ALTER TABLE {{.}} {{on}} COMMENT COLUMN infos 'what was derived from the rest, as JSON; empty if there is nothing, and for DNS_ANSWER: see all_infos, domains, target_domains';
{{end}}

-- +goose Down
{{range tables "passive_events" "passive"}}
ALTER TABLE {{.}} {{on}} DROP COLUMN IF EXISTS all_infos;
ALTER TABLE {{.}} {{on}} DROP COLUMN IF EXISTS target_domains;
ALTER TABLE {{.}} {{on}} DROP COLUMN IF EXISTS domains;
{{end}}
