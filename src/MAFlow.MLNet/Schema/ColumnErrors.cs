using System.Globalization;
using System.Text.RegularExpressions;

namespace MAFlow.MLNet.Schema;

/// <summary>Adds the name of the column to what the mathematics says about its numbers, and counts rows as the view does.</summary>
internal static partial class ColumnErrors
{
    /// <param name="column">Name of the column.</param>
    /// <param name="error">What was thrown; its "row 3" is the fourth of the rows that were handed over.</param>
    /// <param name="numberOf">The number of such a row in the view, from 0.</param>
    public static ArgumentException Naming(string column, ArgumentException error, Func<int, long> numberOf) => new(
        $"Column '{column}': " + Row().Replace(error.Message, match =>
            $"in row {numberOf(int.Parse(match.Groups["row"].ValueSpan, CultureInfo.InvariantCulture))}"), error);

    [GeneratedRegex(@"\bin row (?<row>\d{1,9})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Row();
}
