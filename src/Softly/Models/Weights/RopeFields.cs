using System.Text.Json.Nodes;

namespace Softly.Models.Weights;

/// <summary>
/// Rotary positions in config.json: <c>rope_theta</c> and <c>rope_scaling</c>, or the newer <c>rope_parameters</c>.
/// </summary>
internal static class RopeFields
{
    private const double DefaultTheta = 10000;

    public static (double Theta, double Divisor, Llama3RopeScaling? Scaling) Read(ConfigFields config)
    {
        var (older, newer) = (config.Within("rope_scaling"), config.Within("rope_parameters"));
        if (older is not null && newer is not null)
            config.Refuse("rope_scaling", "rope_parameters is given too; one of the two is expected");
        var theta = config.Positive("rope_theta", DefaultTheta);
        RefusePartial(config);
        if ((newer ?? older) is not { } rope) return (theta, 1, null);
        theta = rope.Positive("rope_theta", theta);
        RefusePartial(rope);
        if (rope.Has("mrope_section"))
            rope.Refuse("mrope_section", "positions of several dimensions are not supported; leave it out");
        var kind = rope.Text("rope_type") ?? rope.Text("type") ?? "default";
        if (kind == "default") return (theta, 1, null);
        if (kind == "linear") return (theta, rope.Positive("factor", null), null);
        if (kind == "llama3")
        {
            return (theta, 1, Checked(rope, new Llama3RopeScaling(
                rope.Positive("factor", null), rope.Positive("low_freq_factor", null), rope.Positive("high_freq_factor", null),
                rope.Size("original_max_position_embeddings", null))));
        }
        rope.Refuse("rope_type", $"{Refusal.Quote(kind)} is not supported; 'default', 'linear' and 'llama3' are");
        return (theta, 1, null);
    }

    /// <summary>Adds the older form, which every release of transformers reads.</summary>
    public static void Write(DecoderConfig config, JsonObject json)
    {
        json["rope_theta"] = config.RopeTheta;
        json["rope_scaling"] = config switch
        {
            { RopeScaling: { } scaling } => new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = scaling.Factor,
                ["low_freq_factor"] = scaling.LowFrequencyFactor,
                ["high_freq_factor"] = scaling.HighFrequencyFactor,
                ["original_max_position_embeddings"] = scaling.OriginalPositions,
            },
            // Releases of transformers before 4.43 know only "type".
            { RopeDivisor: not 1 } => new JsonObject
            {
                ["rope_type"] = "linear", ["type"] = "linear", ["factor"] = config.RopeDivisor
            },
            _ => null,
        };
    }

    private static Llama3RopeScaling Checked(ConfigFields rope, Llama3RopeScaling scaling)
    {
        if (scaling.HighFrequencyFactor <= scaling.LowFrequencyFactor && rope.Problems.Count == 0)
            rope.Refuse("high_freq_factor", $"more than low_freq_factor ({scaling.LowFrequencyFactor}) is expected");
        return scaling;
    }

    private static void RefusePartial(ConfigFields fields)
    {
        if (fields.Number("partial_rotary_factor", 1) != 1) fields.Refuse("partial_rotary_factor", "is not supported; 1 is");
    }
}
