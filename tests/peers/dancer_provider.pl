#!/usr/bin/env perl
# A provider made of Catmandu's Dancer plugin: perl dancer_provider.pl PORT ROWS LOG
#
# ROWS has a line per record: number, datestamp, deleted (0 or 1), title, separated by tabs; it is read again when
# it changes. LOG gets a line per request. (Not called catmandu….pl: Catmandu runs such files as configuration.)
use strict;
use warnings;

my ($port, $rows_file, $log_file) = @ARGV;
@ARGV = ();

package Catmandu::Store::Shelf;
$INC{'Catmandu/Store/Shelf.pm'} = 1;
sub new { bless {rows => [], at => -1}, shift }
sub bag { $_[0] }
sub id_key { '_id' }

sub rows {
    my ($self) = @_;
    my @stat = stat $rows_file;
    my $at = "$stat[9] $stat[7]";
    if ($at ne $self->{at}) {
        $self->{at} = $at;
        open my $in, '<:encoding(UTF-8)', $rows_file or die $!;
        $self->{rows} = [
            map { chomp; my ($id, $at, $gone, $title) = split /\t/; {_id => $id, datestamp => $at, gone => $gone, title => $title} } <$in>
        ];
    }
    return $self->{rows};
}

sub get { my ($self, $id) = @_; (grep { $_->{_id} eq $id } @{$self->rows})[0] }

sub search {
    my ($self, %args) = @_;
    my $cql = $args{cql_query} // '';
    my @found = @{$self->rows};
    if ($cql =~ /_id exact "([^"]*)"/)        { my $id = $1; @found = grep { $_->{_id} eq $id } @found }
    if ($cql =~ /datestamp >= "([^"]*)"/)     { my $at = $1; @found = grep { $_->{datestamp} ge $at } @found }
    if ($cql =~ /datestamp <= "([^"]*)"/)     { my $at = $1; @found = grep { $_->{datestamp} le $at } @found }
    my $start = $args{start} // 0;
    my $limit = $args{limit} // 100;
    my $total = scalar @found;
    my $last = $start + $limit - 1;
    $last = $total - 1 if $last > $total - 1;
    return Catmandu::Hits->new(start => $start, limit => $limit, total => $total, hits => [map { {%$_} } @found[$start .. $last]]);
}

package main;
use Catmandu;
use Catmandu::Hits;
use Dancer;
use Dancer::Plugin::Catmandu::OAI;

Catmandu->config->{store} = {shelf => {package => 'Shelf', options => {}}};

set port         => $port;
set server       => '127.0.0.1';
set startup_info => 0;
set logger       => 'null';
set charset      => 'UTF-8';

open my $log, '>>', $log_file or die $!;
$log->autoflush(1);
hook before => sub { print $log (request->env->{QUERY_STRING} // '') . "\n" };

my $template = <<'TT';
<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>[% title | xml %]</dc:title><dc:creator>Penulis, Seorang</dc:creator><dc:date>2020</dc:date>
</oai_dc:dc>
TT

oai_provider '/oai',
    store                => 'shelf',
    bag                  => 'data',
    datestamp_field      => 'datestamp',
    repositoryName       => 'Catmandu',
    repositoryIdentifier => 'catmandu.example.org',
    adminEmail           => 'a@example.org',
    deletedRecord        => 'persistent',
    earliestDatestamp    => '2026-01-01T00:00:00Z',
    limit                => 100,
    delimiter            => ':',
    sampleIdentifier     => 'oai:catmandu.example.org:1',
    deleted              => sub { $_[0]->{gone} },
    metadata_formats     => [
        {
            metadataPrefix    => 'oai_dc',
            schema            => 'http://www.openarchives.org/OAI/2.0/oai_dc.xsd',
            metadataNamespace => 'http://www.openarchives.org/OAI/2.0/oai_dc/',
            template          => \$template,
        },
    ];

dance;
