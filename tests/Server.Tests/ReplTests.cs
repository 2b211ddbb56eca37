using Kdsl.Terminal;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests;

public class ReplTests
{
    [Fact]
    public async Task Input_FromAPipe_PrintsAnswersAlone()
    {
        var engine = new ScriptedEngine(ByteModel.Answer("Hé 🙂"));
        Assert.Equal("Hé 🙂\nHé 🙂\n", await RunAsync(engine, "one\n\n  two  \n"));
        Assert.Equal(["[user one][assistant]", "[user one][assistant Hé 🙂][user two][assistant]"], engine.Requests.Select(PromptOf));
    }

    [Fact]
    public async Task Commands_ChangeTheConversation()
    {
        var engine = new ScriptedEngine(ByteModel.Answer("ok"));
        string output = await RunAsync(engine, "a\n/reset\nb\n/system Be brief.\nc\n/reset\nd\n/system\ne\n/exit\nf\n");
        Assert.Equal(
            ["[user a][assistant]", "[user b][assistant]", "[system Be brief.][user c][assistant]", "[system Be brief.][user d][assistant]", "[user e][assistant]"],
            engine.Requests.Select(PromptOf));
        Assert.Equal("ok\nok\nok\nok\nok\n", output);
    }

    [Fact]
    public async Task Command_ThatDoesNotExist_IsTold()
    {
        string output = await RunAsync(new ScriptedEngine(ByteModel.Answer("ok")), "/halp\n/help\n");
        Assert.StartsWith("Unknown command '/halp'; /help lists what there is.\n/help ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupt_StopsTheAnswerNotTheProgram()
    {
        int count = 0;
        var engine = new ScriptedEngine(_ => count++ == 0 ? new Script(ByteModel.Tokens("partial")) { Hangs = true } : new Script(ByteModel.Answer("whole")));
        var output = new StringWriter();
        var repl = Repl(engine, "first\nsecond\n", output);
        Assert.False(repl.Interrupt());
        var running = repl.RunAsync();
        await RunningServer.Until(() => output.ToString().Contains("partial", StringComparison.Ordinal));
        Assert.True(repl.Interrupt());
        await running;
        Assert.Equal("partial [stopped]\nwhole\n", output.ToString());
        Assert.Equal("[user first][assistant partial][user second][assistant]", PromptOf(engine.Requests[1]));
        Assert.Equal(1, engine.Cancelled);
    }

    [Fact]
    public async Task Turn_ThatDoesNotFit_IsTakenBack()
    {
        var engine = new ScriptedEngine(ByteModel.Answer("ok"));
        string output = await RunAsync(engine, new string('x', 3000) + "\nshort\n");
        Assert.Contains("2047", output, StringComparison.Ordinal);
        Assert.Equal("[user short][assistant]", PromptOf(Assert.Single(engine.Requests)));
    }

    [Fact]
    public void Thoughts_AreDimmedUpToTheirEnd()
    {
        var output = new StringWriter();
        var printer = new AnswerPrinter(output, colours: true);
        foreach (string piece in (string[])["<thi", "nk>\n", "hm", "</think", ">", "yes"])
            printer.Write(piece);
        printer.End();
        Assert.Equal("<thi\e[2mnk>\nhm</think>\e[0myes\n", output.ToString());
    }

    static async Task<string> RunAsync(ScriptedEngine engine, string input)
    {
        var output = new StringWriter();
        await Repl(engine, input, output).RunAsync();
        return output.ToString();
    }

    static Repl Repl(ScriptedEngine engine, string input, StringWriter output)
    {
        var model = new ByteModel(engine);
        return new Repl(new Conversation(model, model.Sampling, maxTokens: null), new StringReader(input), output, terminal: false, colours: false);
    }

    static string PromptOf(GenerationRequest request) =>
        System.Text.Encoding.UTF8.GetString([.. request.Prompt.ToArray().Select(id => (byte)id)]);
}
