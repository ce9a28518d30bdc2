using System.Globalization;

namespace Softly.Runs;

/// <summary>Sizes in binary units: 1 KiB is 1024 bytes.</summary>
public static class HumanBytes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>For example <c>512 B</c>, <c>1.5 MiB</c>, <c>27 GiB</c>.</summary>
    public static string Format(long bytes)
    {
        if (bytes < 0) return "−" + Format(bytes == long.MinValue ? long.MaxValue : -bytes);
        double value = bytes;
        var unit = 0;
        while (value >= 1023.5 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return value.ToString(unit > 0 && value < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}
