-- Functions of JSON texts, regular expressions in numbers, MD5.

SELECT JSONExtractString('{"a":1}','a'), JSONExtractString('{"a":null}','a'), JSONExtractString('{"a":[1]}','a'), JSONExtractString('"x"'), JSONExtractString('{"a":{"b":"y"}}','a','b'), JSONExtractString('{"a":{"b":"y"}}','a.b');
SELECT JSONExtractString('{"a":["p","q"]}','a',1), JSONExtractString('{"a":["p","q"]}','a',-1), JSONExtractString('{"a":["p","q"]}',1,2), JSONExtractString('{"a":"\\ud83d\\ude00\\n","a":"second","A":"upper"}','a'), JSONExtractStringCaseInsensitive('{"A":"upper"}','a');
SELECT JSONExtractInt('{"a":1}','a'), JSONExtractInt('{"a":1.5}','a'), JSONExtractInt('{"a":2.0}','a'), JSONExtractInt('{"a":"12"}','a'), JSONExtractInt('{"a":"x"}','a'), JSONExtractInt('{"a":true}','a'), JSONExtractInt('{"a":1e3}','a'), JSONExtractInt('{"a":18446744073709551615}','a'), JSONExtractInt('{"a":-1.7}','a');
SELECT JSONExtractUInt('{"a":18446744073709551615}','a'), JSONExtractUInt('{"a":-1}','a'), JSONExtractUInt('{"a":1.7}','a');
SELECT JSONExtractFloat('{"a":1}','a'), JSONExtractFloat('{"a":"1.5"}','a'), JSONExtractFloat('{"a":true}','a'), JSONExtractFloat('{"a":1e400}','a'), JSONExtractBool('{"a":true}','a'), JSONExtractBool('{"a":1}','a'), JSONExtractBool('{"a":0}','a'), JSONExtractBool('{"a":"true"}','a'), toTypeName(JSONExtractBool('{}'));
SELECT JSONExtractRaw('{"a": {"b" : [1, 2.50, "x\\u00e9/\\/", null ,true]}}','a'), JSONExtractRaw('{"a":1.0}','a'), JSONExtractRaw('{"a":1e3}','a'), JSONExtractRaw('{"a":"s"}','a'), JSONExtractRaw('{"a":"s"}','b'), JSONExtractRaw('[1, 2]'), JSONExtractRaw('x');
SELECT JSONExtractArrayRaw('[1, "a", {"b": 2}]'), JSONExtractArrayRaw('{"a":[1]}','a'), JSONExtractArrayRaw('{"a":1}','a'), JSONExtractKeysAndValuesRaw('{"a":[-100, 200.0], "b":"hello"}'), JSONExtractKeys('{"a":1,"b":2}'), JSONExtractKeys('[1]'), JSONExtractKeys('{"a":{"c":1}}','a');
SELECT JSONHas('{"a":null}','a'), JSONHas('{"a":1}','b'), JSONHas('{"a":1}'), JSONHas('x'), JSONHas('[1,2]',2), JSONHas('[1,2]',3), JSONHas('[1,2]',-2), JSONHas('[1,2]',-3), JSONHas('[1,2]',0), JSONHas('{"a":1}',1);
SELECT JSONLength('[1,2]'), JSONLength('{"a":1}'), JSONLength('1'), JSONLength('{"a":[1,2,3]}','a');
SELECT JSONType('{"a":1}'), JSONType('{"a":1}','a'), JSONType('{"a":-1}','a'), JSONType('{"a":1.5}','a'), JSONType('{"a":"x"}','a'), JSONType('{"a":null}','a'), JSONType('{"a":true}','a'), JSONType('{"a":[]}','a'), JSONType('{}','a'), JSONType('{"a":18446744073709551615}','a');
SELECT toTypeName(JSONType('1')), toTypeName(JSONExtractKeysAndValuesRaw('{}')), toTypeName(JSONExtractKeys('{}'));
SELECT JSONKey('{"a":1,"b":2}',1), JSONKey('{"a":1,"b":2}',-1), JSONKey('{"a":1,"b":2}',5), isValidJSON('{"a":1}'), isValidJSON('x'), isValidJSON(''), isValidJSON('1'), isValidJSON('{"a":1}}');
SELECT JSONArrayLength('[1,2]'), JSONArrayLength('{}'), JSON_ARRAY_LENGTH('x'), toTypeName(JSONArrayLength('[]'));
SELECT JSONExtract('{"a":[1,2]}','a','Array(UInt8)'), JSONExtract('{"a":"x"}','a','Nullable(String)'), JSONExtract('{"a":1}','b','Nullable(UInt8)'), JSONExtract('{"a":{"b":1,"c":"x"}}','a','Tuple(b UInt8,c String)'), JSONExtract('{"a":300}','a','UInt8'), JSONExtract('{"a":[1,"x",3]}','a','Array(UInt8)'), JSONExtract('{"a":[1,"x",3]}','a','Array(Nullable(UInt8))');
SELECT JSONExtract('{"day":"Thursday"}','day','Enum8(\'Thursday\'=4)'), JSONExtract('{"a":"2020-01-01"}','a','Date'), JSONExtract('{"a":1}','a','String'), JSONExtract('{"a":[1,{"b":2}]}','a','String'), JSONExtract('{"a":1.5}','a','Decimal(9,2)'), JSONExtract('{"a":1}','Map(String,UInt8)');
SELECT JSONExtract('{"a":true}','a','UInt8'), JSONExtract('{"a":1}','a','Bool'), JSONExtract('{"a":"5"}','a','UInt8'), JSONExtract('{"a":"x"}','a','UInt8'), JSONExtract('{"a":null}','a','UInt8'), JSONExtract('{"a":null}','a','String'), JSONExtract('{"a":true}','a','String'), JSONExtract('{"a":1e3}','a','UInt16'), JSONExtract('{"a":5}','a','Enum8(\'x\'=5)');
SELECT JSONExtract('{"a":[1,2]}','a','Tuple(UInt8,UInt8,UInt8)'), JSONExtract('{"a":{"x":1}}','a','Tuple(UInt8,UInt8)'), JSONExtract('{"a":"abc"}','a','FixedString(5)'), JSONExtract('{"a":"1.239"}','a','Decimal(9,2)'), JSONExtract('{"a":true}','a','Float64'), JSONExtract('{"a":"2020-01-01 01:02:03"}','a','DateTime(\'UTC\')'), JSONExtract('{"a":1577836800}','a','DateTime(\'UTC\')'), JSONExtract('{"a":"61f0c404-5cb3-11e7-907b-a6006ad3dba0"}','a','UUID');
SELECT JSONExtract('{"a":{"p":1,"q":"x"}}','a','Map(String,UInt8)'), JSONExtract('[1,2]','Map(String,UInt8)'), JSONExtract('{"a":"x"}','a','LowCardinality(Nullable(String))'), JSONExtract('{"a":[]}','a','Tuple(UInt8)'), JSONExtractKeysAndValues('{"a":1,"b":"x","c":2}','UInt8'), JSONExtract('{"a":1.9}','a','UInt8');
SELECT JSONExtractString(NULL,'a'), toTypeName(JSONExtractString(CAST('{}','Nullable(String)'),'a')), JSONExtractString('{"a":"x"}',NULL);
SELECT number, JSONExtractUInt(concat('{"a":[', toString(number), ',7]}'), 'a', number + 1), JSONExtractString(materialize('{"n0":"x","n1":"y"}'), concat('n', toString(number))) FROM numbers(3);
SELECT JSONExtractString(1,'a'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT JSONExtractString('{}',1.5); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT JSONExtractString(); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
SELECT JSONExtract('{}', 1); -- { serverError ILLEGAL_COLUMN }
SELECT JSONExtract('{}', 'a', materialize('UInt8')); -- { serverError ILLEGAL_COLUMN }
SELECT JSONExtract('{}','Foo'); -- { serverError UNKNOWN_TYPE }
SELECT simpleJSONExtractString('{"a":"x\\n","b":"y"}','b'), simpleJSONExtractString('{"a":"x\\n"}','a'), simpleJSONExtractInt('{"a":12abc}','a'), simpleJSONExtractInt('{"a": 12}','a'), simpleJSONExtractRaw('{"a":{"b":[1,2]},"c":1}','a'), simpleJSONExtractRaw('{"a": "x,y" ,"c":1}','a'), simpleJSONHas('{"a":1}','a'), simpleJSONHas('{"a":1}','b');
SELECT simpleJSONExtractFloat('{"a":1.5e3}','a'), simpleJSONExtractBool('{"a":true}','a'), simpleJSONExtractUInt('{"a":-1}','a'), simpleJSONExtractUInt('{"a":"7"}','a'), visitParamExtractString('{"a":"\\u00e9"}','a'), simpleJSONExtractString('{"a" :"x"}','a'), simpleJSONExtractString('{"a":"x','a');
SELECT simpleJSONExtractRaw('{"a":"x[y","c":1}','a'), simpleJSONExtractRaw('{"a":1','a'), simpleJSONExtractRaw('{"a":1}','a'), simpleJSONExtractInt('{"a":-12}','a'), simpleJSONExtractInt('{"a":+5}','a'), simpleJSONExtractFloat('{"a":"1.5"}','a'), simpleJSONExtractFloat('{"a":x}','a');
SELECT simpleJSONHas('{}', materialize('a')); -- { serverError ILLEGAL_COLUMN }
SELECT simpleJSONHas(1,'a'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT multiMatchAny('hello',['x','h.*o']), multiMatchAny('hello',['x']), arraySort(multiMatchAllIndices('hello',['x','h.*o','l'])), toTypeName(multiMatchAnyIndex('a',['a'])), toTypeName(multiMatchAllIndices('a',['a']));
SELECT multiMatchAllIndices('Ships here', ['\\b(?i)ships\\b']), multiMatchAny('a\nb',['a.b']), multiMatchAny('ü',['^.$']), multiMatchAny('',['^$']), multiMatchAny(materialize('abc'), materialize(['b','c'])), multiMatchAnyIndex('hello', ['x', 'y', 'l']);
SELECT multiMatchAny('a',['(']); -- { serverError BAD_ARGUMENTS }
SELECT multiMatchAny('a','b'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT halfMD5('a'), halfMD5('a','b'), halfMD5(1), halfMD5(1,'x',toDate('2020-01-01')), halfMD5(toInt8(-1));
SELECT toTypeName(MD5('a')), hex(MD5('a')), hex(MD5(toFixedString('a',3))), hex(MD5(toString(number))) FROM numbers(2);
SELECT MD5(1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
