using System.Text;
using KernelDsl.Testing;

namespace Kdsl.Tests;

public class FuzzTests
{
    const string Seed = """
        {"model":"org/bytes","messages":[{"role":"system","content":[{"type":"text","text":"é\u00e9"}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":[1]}"}}]},{"role":"user","content":"x"}],
        "prompt":["a",[1,2]],"temperature":0.5,"top_p":0.9,"top_k":5,"n":2,"seed":7,"stop":["x","yz"],"logprobs":true,"top_logprobs":1,"max_tokens":5,
        "logit_bias":{"5":-1},"stream":true,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"f"}}],"echo":false,
        "inputs":"é","text_input":"é","id":"1","input_id":[1,2],"parameters":{"details":true,"do_sample":true,"temperature":0.5,"top_k":5,"top_p":0.9,"seed":3,"stop":["x"],
        "max_new_tokens":4,"priority":2,"timeout":60,"truncate":3,"return_full_text":true,"repetition_penalty":1.1}}
        """;

    static readonly string[] s_values =
        ["null", "true", "-1", "0", "1e400", "1.5", "\"\"", "\"\\ud83d\\ude42\"", "\"\\udfff\"", "[]", "[null]", "{}", "{\"a\":{}}", "99999999999999999999", "[[[[]]]]"];

    /// <summary>Whatever the body, the answer is a completion or an error of the dialect that blames the request; nothing stays running.</summary>
    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/")]
    [InlineData("/generate")]
    [InlineData("/generate_stream")]
    [InlineData("/infer")]
    [InlineData("/infer_token")]
    [InlineData("/v1/tokenizer")]
    [InlineData("/v2/models/org/bytes/generate")]
    [InlineData("/v2/models/org/bytes/generate_stream")]
    [InlineData("/v2/models/org/bytes/infer")]
    [InlineData("/v2/models/org/bytes/stopInfer")]
    public async Task Body_DamagedAtRandom_IsAnsweredOrRefused(string path)
    {
        var random = new Random(12345);
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("ok x")));
        var statuses = new HashSet<int>();
        for (int i = 0; i < 700; i++)
        {
            byte[] body = Damage(random);
            using var response = await server.Client.PostAsync(path, new ByteArrayContent(body));
            string answer = await response.Content.ReadAsStringAsync();
            int status = (int)response.StatusCode;
            statuses.Add(status);
            Assert.True(status is 200 or 400 or 404 or 422, $"{status} {answer}\nfor {Encoding.UTF8.GetString(body)}");
            if (status != 200)
                Assert.StartsWith(path.StartsWith("/v1/c", StringComparison.Ordinal) ? "{\"error\":{\"message\":\"" : "{\"error\":\"", answer, StringComparison.Ordinal);
        }

        Assert.True(statuses.Contains(200) || path.EndsWith("infer", StringComparison.OrdinalIgnoreCase));
        Assert.True(statuses.Overlaps([400, 422]));
        Assert.Equal(0, server.Engine.Status.Running);
    }

    /// <summary>Half of the bodies lose or change bytes, half get another JSON value somewhere.</summary>
    static byte[] Damage(Random random)
    {
        if (random.Next(2) == 0)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Seed);
            for (int i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
        }

        int colon = random.Next(Seed.Count(c => c == ':'));
        int at = -1;
        for (int i = 0; i <= colon; i++)
            at = Seed.IndexOf(':', at + 1);
        int end = EndOfValue(at + 1);
        return Encoding.UTF8.GetBytes(string.Concat(Seed.AsSpan(0, at + 1), s_values[random.Next(s_values.Length)], Seed.AsSpan(end)));
    }

    static int EndOfValue(int at)
    {
        int depth = 0;
        bool text = false;
        for (; ; at++)
        {
            char c = Seed[at];
            if (c == '"' && Seed[at - 1] != '\\')
                text = !text;
            else if (!text && c is '[' or '{')
                depth++;
            else if (!text && c is ']' or '}' && --depth < 0)
                return at;
            else if (!text && c == ',' && depth == 0)
                return at;
        }
    }
}
