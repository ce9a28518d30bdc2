using System.CommandLine;
using Softly.Cli.Tokens;
using Softly.Rollouts;
using Softly.Tasks;

namespace Softly.Cli.Commands;

/// <summary><c>softly generate</c></summary>
internal static class GenerateCommand
{
    public static Command Make()
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = "a run's folder, a checkpoint, a model (Hugging Face folder or .gguf) or a recipe"
        };
        var changes = Common.Changes();
        var prompt = new Option<string?>("--prompt", "-p")
        {
            Description = "what to answer; '-' reads it from standard input; left out, a held-out problem of the task"
        };
        var raw = new Option<bool>("--raw") { Description = "the prompt as it is, without the chat template" };
        var count = new Option<int>("--count", "-n") { Description = "how many answers", DefaultValueFactory = _ => 1 };
        var words = new Option<int>("--words") { Description = "words shown of a soft step", DefaultValueFactory = _ => 3 };
        var json = Common.Json();
        var command = new Command("generate", "Generate with discrete or soft thinking, and show what stands between the words.")
        {
            source, changes, prompt, raw, count, words, json
        }.WithExamples(
            "softly generate runs/try --count 3",
            "softly generate model.gguf -p \"What is 7 + 5?\" thinking_law=gumbel-softmax max_completion_length=64",
            "softly generate model.gguf -p \"What is 7 + 5?\" thinking_law=none temperature=0.6");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var found = Source.Find(parsed.GetValue(source)!, parsed.GetValue(changes)!);
            var setup = new Setup(found.Recipe, found.Model, training: false, needsTask: parsed.GetValue(prompt) is null);
            if (parsed.GetValue(count) < 1) throw new UserError($"--count {parsed.GetValue(count)}: expected at least 1");
            var problem = Problem(setup, parsed.GetValue(prompt), parsed.GetValue(raw));
            using var interrupt = new Interrupt("stopping");
            using var model = setup.MakeModel();
            using var bench = setup.MakeWorkbench(model);
            var group = bench.Generator.Generate(
                [bench.Reader.Read(problem)], parsed.GetValue(count), setup.Sampling, (ulong)found.Recipe.Seed,
                cancel: interrupt.Token)[0];
            var graded = parsed.GetValue(prompt) is null;
            if (!reporter.Json) reporter.Say($"> {(problem.Messages is { } m ? m[^1].Content : problem.Prompt)}");
            for (var i = 0; i < group.Rollouts.Count; i++)
                Show(
                    reporter, setup, group.Rollouts[i], i, parsed.GetValue(words),
                    graded ? setup.Task.Grade(problem, group.Rollouts[i].Text) : null);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Problem Problem(Setup setup, string? prompt, bool raw)
    {
        if (prompt is null) return setup.Problems.Tests()[0].Problems[0];
        var text = prompt == "-" ? Console.In.ReadToEnd() : prompt;
        if (string.IsNullOrWhiteSpace(text)) throw new UserError("the prompt is empty");
        var chat = !raw && setup.Tokenizer.Template is not null;
        List<Message> turns = setup.Recipe.SystemPrompt is { } system
            ? [new Message("system", system), new Message("user", text)]
            : [new Message("user", text)];
        var problem = new Problem("prompt", text, "") { Messages = chat ? turns : null };
        setup.CheckPrompt(problem);
        return problem;
    }

    private static void Show(Reporter reporter, Setup setup, Rollout rollout, int index, int words, Grade? grade)
    {
        var thoughts = RolloutText.Thoughts(rollout, setup.Tokenizer, words);
        if (reporter.Json)
        {
            reporter.Record(new
            {
                index,
                text = rollout.Text,
                finish = rollout.Finish.ToString().ToLowerInvariant(),
                soft_steps = rollout.SoftSteps,
                steps = rollout.Length,
                score = grade?.Score,
                reason = grade?.Reason,
                thoughts = thoughts.Select((t, i) => new
                {
                    kind = rollout[i].Kind.ToString().ToLowerInvariant(),
                    words = t.Words.Select(w => new { word = w.Word, weight = w.Weight }),
                    log_density = rollout[i].LogDensity,
                    entropy = rollout[i].Entropy,
                }),
            });
            return;
        }
        reporter.Say("");
        reporter.Say($"answer {index + 1}{(grade is { } g ? $" ({g.Verdict.Name()}: {g.Reason})" : "")}");
        if (rollout.SoftSteps > 0)
        {
            for (var t = 0; t < rollout.Length; t++)
                if (rollout[t].Kind == Sampling.StepKind.Soft)
                    reporter.Say($"  {t + 1,4}  " + string.Join(
                        "  ", thoughts[t].Words.Select(w => $"{Visible.Of(w.Word)} {w.Weight:F3}")));
        }
        reporter.Say(rollout.Text);
        reporter.Say(
            $"[{rollout.SoftSteps} soft steps of {rollout.Length}; ended by {rollout.Finish.ToString().ToLowerInvariant()}]");
    }
}
