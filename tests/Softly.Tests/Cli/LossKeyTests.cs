using Softly.Algorithms;
using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Sampling;
using Softly.Training;

namespace Softly.Tests.Cli;

/// <summary>The keys of the loss: each reaches the loss or the trainer, and none is taken where it would do nothing.</summary>
public class LossKeyTests
{
    /// <summary>A key with a value, and what must be set beside it for it to count.</summary>
    private static readonly (string Key, string Beside)[] All =
    [
        ("loss_type=bnpo", ""), ("loss_type=vespo", ""), ("loss_type=cispo-band", ""),
        ("loss_agg_mode=seq-mean-token-sum", ""),
        ("loss_scale_factor=100", "loss_type=dr_grpo"),
        ("importance_sampling_level=sequence", ""), ("importance_sampling_level=component", ""),
        ("epsilon=0.1", ""), ("epsilon_high=0.28", ""), ("epsilon_high=4", "loss_type=cispo"),
        ("thought_ratio=false", ""), ("delta=2", ""), ("log_ratio_limit=20", ""),
        ("sapo_temperature_pos=2", "loss_type=sapo"), ("sapo_temperature_neg=2", "loss_type=sapo"),
        ("vespo_k_pos=1", "loss_type=vespo"), ("vespo_lambda_pos=1", "loss_type=vespo"),
        ("vespo_k_neg=1", "loss_type=vespo"), ("vespo_lambda_neg=1", "loss_type=vespo"),
        ("advantage=leave-one-out", ""), ("advantage=pass@4", ""), ("advantage=whitened-baseline", ""),
        ("scale_rewards=batch", ""), ("scale_rewards=none", ""), ("advantage_epsilon=0.1", ""),
        ("beta=0.5", ""), ("kl_estimator=k1", ""), ("kl_estimator=closed-form", ""),
        ("use_bias_correction_kl=true", ""), ("thought_anchor=0.3", ""), ("entropy_coef=0.1", ""),
        ("top_entropy_quantile=0.2", ""),
        ("importance_sampling_correction=sequence_mask", ""),
        ("importance_sampling_cap=2", "importance_sampling_correction=token_mask"),
        ("off_policy_mask_threshold=0.1", ""),
        ("target_kl=0.1", "mini_batches=2"), ("kl_stop=0.1", "beta=0"), ("kl_stop=0.1", ""),
        ("dynamic_sampling=true", ""), ("max_generation_batches=3", "dynamic_sampling=true"),
        ("overlong_buffer=2", ""), ("overlong_penalty=2", "overlong_buffer=2"), ("mask_truncated_completions=true", ""),
    ];

    public static TheoryData<string, string> Keys => new(All.Select(k => new TheoryDataRow<string, string>(k.Key, k.Beside)));

    private static (LossOptions, TrainingOptions, List<string>) Read(string line)
    {
        var wrong = new List<string>();
        var recipe = RecipeReader.Read(null, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var loss = new LossSettings(recipe, wrong).Of(Methods.Get(recipe.Algorithm).Loss);
        wrong.AddRange(loss.Problems());
        return (loss, new Settings(recipe, wrong).Training(new SamplingOptions()), wrong);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_reaches_the_loss_or_the_trainer(string key, string beside)
    {
        var (lossBefore, trainingBefore, _) = Read(beside);
        var (loss, training, wrong) = Read($"{beside} {key}");
        Assert.Empty(wrong);
        Assert.True(loss != lossBefore || training with { Sampling = trainingBefore.Sampling } != trainingBefore,
            $"{key} changes nothing");
    }

    [Fact]
    public void Every_key_of_the_loss_is_among_them()
    {
        var names = RecipeReader.Keys.Select(k => k.Name).ToList();
        var section = names.Skip(names.IndexOf("loss_type"))
            .Take(names.IndexOf("mask_truncated_completions") - names.IndexOf("loss_type") + 1);
        var tried = All.Select(k => k.Key.Split('=')[0]);
        Assert.Empty(section.Except(tried));
    }

    [Theory]
    [InlineData("loss_type=dr_grpo loss_scale_factor=5", null)]
    [InlineData("loss_scale_factor=5", "only loss_type dr_grpo divides by a constant length")]
    [InlineData("loss_type=reinforce importance_sampling_level=sequence", "no ratio of its own level")]
    [InlineData("loss_type=cispo epsilon=0.1", "no lower bound")]
    [InlineData("loss_type=sapo epsilon_high=0.3", "does not clip")]
    [InlineData("loss_type=sapo delta=3", "only the clipped ratio has a dual clip")]
    [InlineData("sapo_temperature_pos=2", "read by loss_type sapo alone")]
    [InlineData("vespo_k_neg=2", "read by loss_type vespo alone")]
    [InlineData("advantage=pass@2 scale_rewards=group", "not divided by a deviation")]
    [InlineData("scale_rewards=none advantage_epsilon=1", "no deviation is divided by")]
    [InlineData("beta=0 kl_estimator=k1", "set beta above 0, or kl_stop")]
    [InlineData("beta=0 use_bias_correction_kl=true", "beta is 0")]
    [InlineData("importance_sampling_cap=2", "importance_sampling_correction is none")]
    public void A_key_that_would_do_nothing_is_refused_with_the_remedy(string line, string? expected)
    {
        var (_, _, wrong) = Read(line);
        if (expected is null) Assert.Empty(wrong);
        else
        {
            Assert.Contains(expected, Assert.Single(wrong));
            Assert.Contains("leave", wrong[0]);
        }
    }

    [Theory]
    [InlineData("loss_type=cispo", 5)]       // a bound means something else in every surrogate
    [InlineData("loss_type=gmpo", 0.4)]
    [InlineData("loss_type=dapo", 0.2)]
    [InlineData("algorithm=dapo", 0.28)]
    [InlineData("algorithm=dapo loss_type=grpo", 0.28)]
    [InlineData("algorithm=gspo epsilon=0.1", 0.1)]
    public void Bounds_go_with_their_surrogate(string line, double high)
    {
        var (loss, _, wrong) = Read(line);
        Assert.Empty(wrong);
        Assert.Equal(high, loss.EpsilonHigh);
    }
}
