"""
Search without contrib extensions: accents folded, words as lexemes, every word of a query a prefix.

`unaccent` and `pg_trgm` are not to be had with every PostgreSQL (the embedded one has no contrib). NFKD takes letters
and their marks apart; what Unicode does not decompose (ø, ł, ß ...) is replaced by the letters people type instead.
"""

from django.db import migrations

FUNCTIONS = r"""
create function keel_fold(value text) returns text language sql immutable strict parallel safe as $$
  select replace(replace(replace(replace(
    translate(lower(regexp_replace(normalize(value, NFKD), U&'[\0300-\036F]', '', 'g')), 'øłđıð', 'oldid'),
    'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
$$;

-- The words of a text, in their order. What separates words is listed: character classes depend on the locale.
create function keel_split(value text) returns text[] language sql immutable strict parallel safe as $$
  select array_remove(
    regexp_split_to_array(left(keel_fold(value), 2000), U&'[\0001-\002F:-@\005B-\0060\007B-\00BF\2000-\206F\3000-\303F]+'), '')
$$;

-- A lexeme holds at most 2,046 bytes.
create function keel_words(value text) returns tsvector language sql immutable strict parallel safe as $$
  select array_to_tsvector(array(select distinct left(word, 100) from unnest(keel_split(value)) word))
$$;

-- Every word of the text, each as the beginning of a word; null when there is no word in it.
create function keel_words_query(value text) returns tsquery language sql immutable strict parallel safe as $$
  select string_agg('''' || replace(replace(left(word, 100), '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery
  from unnest(keel_split(value)) word
$$;
"""

DROP = """
drop function keel_words_query(text);
drop function keel_words(text);
drop function keel_split(text);
drop function keel_fold(text);
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0004_scale")]
    operations = [migrations.RunSQL(FUNCTIONS, DROP)]
