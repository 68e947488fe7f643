<?php
// Reads an SRU answer with SimpleXML through the same calls as the copy cataloguing of SLiMS: no prefixes but zs.
[, $kind, $address] = $argv;
$text = file_get_contents($address);
$xml = simplexml_load_string($text);
$found = [];
if ($kind === 'mods') {
    $zs = $xml->children('http://www.loc.gov/zing/srw/');
    if ((int) $zs->numberOfRecords > 0) {
        foreach ($zs->records->record as $record) {
            $mods = $record->recordData->children()->mods;
            $author = '';
            foreach ($mods->name as $name) {
                foreach ($name->role->roleTerm as $term) {
                    if ((string) $term === 'Primary Author') {
                        $author = (string) $name->namePart;
                    }
                }
            }
            $identifier = $mods->identifier[0];
            $found[] = [
                'title' => (string) $mods->titleInfo->title,
                'isbn' => $identifier && (string) $identifier['type'] === 'isbn' ? (string) $identifier : '',
                'author' => $author,
                'call_number' => (string) $mods->location->shelfLocator,
                'publisher' => (string) $mods->originInfo->publisher,
                'year' => (string) $mods->originInfo->dateIssued,
            ];
        }
    }
} else {
    foreach ($xml->record as $record) {
        $one = ['title' => '', 'isbn' => ''];
        foreach ($record->datafield as $field) {
            foreach ($field->subfield as $subfield) {
                if ((string) $field['tag'] === '245' && (string) $subfield['code'] === 'a') {
                    $one['title'] = rtrim((string) $subfield, ' :/');
                }
                if ((string) $field['tag'] === '020' && (string) $subfield['code'] === 'a') {
                    $one['isbn'] = (string) $subfield;
                }
            }
        }
        $found[] = $one;
    }
}
echo json_encode($found, JSON_UNESCAPED_UNICODE);
