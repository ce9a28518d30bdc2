using Softly.Algorithms;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;

namespace Softly.Tests.Training;

public class CheckpointTests
{
    private static readonly LoraOptions Dropping = new() { Rank = 3, Dropout = 0.2 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_that_is_broken_and_resumed_ends_where_the_unbroken_one_ends_to_the_last_bit(bool adapter)
    {
        var lora = adapter ? Dropping : null;
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var unbroken = Run(lora, trainer =>
            {
                for (var i = 0; i < 6; i++) trainer.Step();
            });
            Run(lora, trainer =>
            {
                for (var i = 0; i < 3; i++) trainer.Step();
                Checkpoint.Write(trainer, new WordTokenizer(["a"]), folder);
            });
            var resumed = Run(lora, trainer =>
            {
                Checkpoint.Read(trainer, folder);
                Assert.Equal(3, trainer.StepsDone);
                for (var i = 0; i < 3; i++) trainer.Step();
            });
            Assert.Equal(unbroken, resumed);
            Assert.Equal(adapter, File.Exists(Path.Combine(folder, "adapter_model.safetensors")));
            Assert.NotEqual(adapter, File.Exists(Path.Combine(folder, "model.safetensors")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double[] Run(LoraOptions? lora, Action<Trainer> steps)
    {
        using var shape = Some.Model();
        using var model = new Decoder(shape.Config with { ModelType = "qwen2" });
        model.Initialize(1, 0.1);
        if (lora is not null) Some.Attach(model, lora);
        using IDecoder engine = lora is null ? Some.Engine("simd", model)
            : new CopiedDecoder(model, model.Type, m => Some.Engine("simd", m));
        var options = new TrainingOptions
        {
            Steps = 6, PromptsPerStep = 3, GroupSize = 6, MiniBatches = 2, LearningRate = 1e-2, WarmupSteps = 2,
            WeightDecay = 0.1, Sampling = Some.Soft(new GumbelSoftmax(), length: 4),
        };
        var algorithm = Some.SoftGrpo(beta: 0);
        Problem[] problems = [.. Some.Prompts.Select(p => p.Problem)];
        Prompt Render(Problem problem) => Some.Prompts.Single(p => p.Problem == problem);
        var generator = Some.GeneratorFor(model, engine);
        using var trainer = new Trainer(model, null, engine, generator, algorithm, new Parity(), problems, Render, options);
        steps(trainer);
        return [.. model.Parameters.SelectMany(Some.Host)];
    }

    /// <summary>Rewards an even first word: about half of all answers.</summary>
    private sealed class Parity : ITask
    {
        public string Name => "parity";
        public string Description => "";
        public IReadOnlyList<string>? Vocabulary => null;
        public string? ThinkEnd => null;
        public int? CompletionLength => null;
        public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => [];
        public Grade Grade(Problem problem, string completion) =>
            completion.Length > 0 && int.Parse(completion.Split(' ')[0]) % 2 == 0
                ? new Grade(1, Verdict.Right, "")
                : new Grade(0, Verdict.Wrong, "");
        public Demonstration? Demonstrate(Problem problem, Random random) => null;
        public double? GuessChance(Problem problem) => null;
    }
}
