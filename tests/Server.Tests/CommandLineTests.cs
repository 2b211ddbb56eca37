using Kdsl.Commands;

namespace Kdsl.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("fly", "unknown command or option 'fly'")]
    [InlineData("serve --port abc", "--port is 'abc'; expected a whole number from 0 to 65535.")]
    [InlineData("serve --port 70000", "--port is '70000'")]
    [InlineData("serve --port", "--port")]
    [InlineData("serve --bogus", "unknown option '--bogus'")]
    [InlineData("serve --host nowhere", "--host is 'nowhere'; expected an IP address or localhost.")]
    [InlineData("serve --host 203.0.113.1", "cannot listen on 203.0.113.1:8080")]
    [InlineData("serve --kv-memory 5XB", "--kv-memory is '5XB'; expected a size such as 512MB or 4GB.")]
    [InlineData("chat --max-batch 0", "--max-batch is '0'")]
    [InlineData("serve --speculation 33", "--speculation is '33'; expected auto, off, or a whole number from 1 to 32.")]
    [InlineData("generate --temperature hot", "--temperature is 'hot'; expected a number from 0 to 2.")]
    [InlineData("generate --top-p NaN", "--top-p is 'NaN'")]
    [InlineData("chat --weights fp8", "--weights is 'fp8'; expected auto, bf16, int8 or int4.")]
    [InlineData("serve --kv-cache-dtype fp8", "--kv-cache-dtype is 'fp8'; expected auto, bf16 or int8.")]
    [InlineData("serve --activations fp8", "--activations is 'fp8'; expected int8 or bf16.")]
    [InlineData("generate --seed -1", "--seed is '-1'")]
    [InlineData("bench model /no/such/folder", "/no/such/folder: no such folder")]
    [InlineData("bench kernels --threads 0", "--threads is '0'; expected a whole number from 1 to 1024.")]
    [InlineData("bench", "--DatasetType is missing; give the data set's format, such as gsm8k")]
    [InlineData("bench --DatasetType gsm8k", "--ModelName is missing")]
    [InlineData("bench --DatasetType gsm8k --ModelName m", "--ModelPath is missing")]
    [InlineData("bench --TestType grpc", "--TestType is 'grpc'; expected client, engine, tgi_client, vllm_client, triton_client or openai.")]
    [InlineData("bench --DoSampling maybe", "--DoSampling is 'maybe'; expected True or False.")]
    [InlineData("bench --Concurrency 60001", "--Concurrency is '60001'; expected a whole number from 1 to 60000.")]
    [InlineData("bench --WarmupSize -1", "--WarmupSize is '-1'; expected a whole number from 0 to 1000.")]
    [InlineData("bench --DatasetType gsm8k --ModelName m --ModelPath p --Http nowhere", "--Http is 'nowhere'; expected a URL such as http://127.0.0.1:1025.")]
    [InlineData("bench --DatasetType gsm8k --ModelName m --ModelPath p --RequestRate 5,x", "--RequestRate is '5,x'; expected rates above 0 and up to 10000 requests a second")]
    [InlineData("bench --DatasetType gsm8k --ModelName m --ModelPath p --RequestTimeOut 0", "--RequestTimeOut is '0'; expected a whole number of seconds, 1 or more, or None.")]
    [InlineData("bench --DatasetType gsm8k --ModelName m --ModelPath p --RequestCount 0", "--RequestCount is '0'")]
    [InlineData("bench --DatasetType gsm8k --ModelName m --ModelPath p --SamplingParams [1]", "--SamplingParams is '[1]'; expected a JSON object")]
    [InlineData("bench --DatasetType gsm9k --ModelName m --ModelPath p --SavePath /tmp", "--DatasetType is 'gsm9k'; supported are gsm8k, synthetic")]
    [InlineData("bench --DatasetType gsm8k --ModelName m --ModelPath /no/such/model --SavePath /tmp", "/no/such/model: no such folder")]
    [InlineData("bench --DatasetType gsm8k --bogus 1", "unknown command or option '--bogus'")]
    [InlineData("quantize in --weights int4", "Required argument missing for command: 'quantize'.")]
    [InlineData("quantize in out", "Option '--weights' is required.")]
    [InlineData("quantize in out --weights int2", "--weights is 'int2'; expected int8 or int4.")]
    [InlineData("quantize in out --weights int4 --group 96", "--group is '96'; expected 32, 64 or 128.")]
    [InlineData("quantize in out --weights int4 --tokens 31", "--tokens is '31'; expected a whole number from 32 to 16384.")]
    [InlineData("quantize in out --weights int4 --tokens 64", "--tokens is 64, but there is no text; give one with --calibrate.")]
    [InlineData("quantize /no/such/folder out --weights int4", "/no/such/folder: no such folder")]
    [InlineData("quantize /no/such/folder out --weights int4 --calibrate /no/such/text", "--calibrate is '/no/such/text'")]
    public async Task Arguments_ThatCannotBeUsed_AreOneLineAndExitCode2(string arguments, string expected)
    {
        var errors = new StringWriter();
        Assert.Equal(2, await CommandLine.RunAsync(arguments.Split(' '), errors));
        string line = Assert.Single(errors.ToString().TrimEnd('\n').Split('\n'));
        Assert.StartsWith("kdsl: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--weights auto")]
    [InlineData("--weights bf16")]
    [InlineData("--kv-cache-dtype auto")]
    [InlineData("--kv-cache-dtype bf16")]
    [InlineData("--kv-cache-dtype int8")]
    [InlineData("--weight-cache off")]
    [InlineData("--weight-cache auto")]
    [InlineData("--speculation off")]
    public async Task Arguments_ThatStandForDefaults_AreTaken(string arguments)
    {
        var errors = new StringWriter();
        Assert.Equal(2, await CommandLine.RunAsync(["generate", "/no/such/model", .. arguments.Split(' ')], errors));
        Assert.Contains("/no/such/model", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_InUse_IsToldBeforeTheModelIsLoaded()
    {
        await using var server = await RunningServer.StartAsync("ok");
        var errors = new StringWriter();
        Assert.Equal(2, await CommandLine.RunAsync(["serve", "/no/such/model", "--port", $"{server.Url.Port}"], errors));
        Assert.Contains($"cannot listen on 127.0.0.1:{server.Url.Port}", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", 1L)]
    [InlineData("1KB", 1024L)]
    [InlineData("1.5mb", 1572864L)]
    [InlineData("4GB", 4294967296L)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("GB", null)]
    [InlineData("99999999GB", null)]
    public void Size_IsReadInBytes(string text, long? bytes) => Assert.Equal(bytes, Flags.ParseSize(text));
}
