using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Qwen2;

public sealed class GoldenTests(ITestOutputHelper output)
{
    // Activations are bf16 here and fp32 in the goldens. Relative to the largest of the twenty logits.
    private const double Tolerance = 2e-2;

    // Where fp32 itself hardly prefers one token, bf16 activations may choose the other.
    private const double NearTie = 0.01;

    [Fact]
    public void Step_DemoModelPrompts_HasTheGoldenTopLogits()
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new());
        var sessions = new Sessions(model);
        double worst = 0;
        foreach (var golden in DemoModel.Goldens)
        {
            var session = new Session(golden.Prompt);
            var logits = sessions.Prefill(session);
            sessions.Preempt(session);
            double scale = golden.TopLogits.Max(Math.Abs), difference = golden.TopIds.Select((id, i) => Math.Abs(logits[id] - golden.TopLogits[i]) / scale).Max();
            output.WriteLine($"{golden.Name}: {difference:e2}");
            worst = Math.Max(worst, difference);
        }
        output.WriteLine($"worst: {worst:e2}");
        Assert.NotEmpty(DemoModel.Goldens);
        Assert.True(worst <= Tolerance, $"{worst:e2}");
    }

    // The golden's own text is fed, so that all 64 choices of every prompt are compared, whatever was chosen before.
    [Fact]
    public void Step_GoldenTextFed_ChoosesTheGoldenTokens()
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new());
        var sessions = new Sessions(model);
        int choices = 0, ties = 0;
        foreach (var golden in DemoModel.Goldens)
        {
            var session = new Session(golden.Prompt);
            sessions.Prefill(session);
            for (int i = 0; i < golden.Greedy.Length; i++)
            {
                choices++;
                if (session.ArgMax != golden.Greedy[i])
                {
                    output.WriteLine($"{golden.Name}, token {i}: {session.ArgMax}, not {golden.Greedy[i]}; margin {golden.Margins[i]:f4}");
                    Assert.True(golden.Margins[i] < NearTie);
                    ties++;
                }
                session.Tokens.Add(golden.Greedy[i]);
                if (i + 1 < golden.Greedy.Length) sessions.Step((session, 1));
            }
            Assert.Equal(64, golden.Greedy.Length);
            sessions.Preempt(session);
        }
        output.WriteLine($"{choices} choices, {ties} near ties chosen otherwise");
    }

    [Fact]
    public void Step_DemoModelPrompts_ContinuesAsTheGoldenAtLeastToTheEndOfTheAnswer()
    {
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new());
        var sessions = new Sessions(model);
        foreach (var golden in DemoModel.Goldens)
        {
            var session = new Session(golden.Prompt);
            sessions.Greedy(session, golden.Greedy.Length);
            var text = session.Tokens.Skip(golden.Prompt.Length).ToArray();
            sessions.Preempt(session);

            int same = text.Zip(golden.Greedy).TakeWhile(static p => p.First == p.Second).Count();
            int answer = golden.Greedy.TakeWhile(id => !model.Config.StopTokens.Contains(id)).Count() + 1;
            output.WriteLine($"{golden.Name}: {same} of {text.Length} equal, the answer is {answer}");
            Assert.True(same >= Math.Min(answer, text.Length) && (same == text.Length || golden.Margins[same] < NearTie));
        }
    }
}
