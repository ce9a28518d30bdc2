using System.Text.Json;
using Softly.Tasks.Mathematics;

namespace Softly.Tests.Grading.Mathematics;

public sealed class MathOptionsTests
{
    [Fact]
    public void Every_option_is_set_by_its_name_and_changes_something()
    {
        var defaults = new MathOptions();
        Assert.Equal(12, MathOptions.Names.Count);
        foreach (var name in MathOptions.Names)
        {
            var value = name == "float_decimals" ? "2" : name == "allow_unevaluated" ? "false" : "true";
            Assert.NotEqual(defaults, With(defaults, name, value));
        }
    }

    [Fact]
    public void An_unknown_option_names_the_nearest()
    {
        var error = Assert.Throws<ArgumentException>(() => With(new MathOptions(), "decimal_coma", "true"));
        Assert.Contains("did you mean 'decimal_comma'?", error.Message);
    }

    [Theory]
    [InlineData("multiset", "1")]
    [InlineData("multiset", "\"true\"")]
    [InlineData("float_decimals", "true")]
    [InlineData("float_decimals", "0")]
    [InlineData("float_decimals", "16")]
    [InlineData("float_decimals", "2.5")]
    public void A_value_of_another_kind_is_refused(string name, string value) =>
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => With(new MathOptions(), name, value)).Message);

    private static MathOptions With(MathOptions options, string name, string value)
    {
        using var json = JsonDocument.Parse(value);
        return options.With(name, json.RootElement);
    }
}
