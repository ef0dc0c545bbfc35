namespace MAFlow.MLNet.Data;

/// <summary>Some columns of rows that lie one after the other.</summary>
internal static class RowColumns
{
    /// <summary>A copy of the numbers from one place of each row on.</summary>
    /// <param name="values">Rows [B, width].</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="rows">B.</param>
    /// <param name="first">Place of the first number that is taken.</param>
    /// <param name="count">How many are taken of each row.</param>
    public static float[] Copy(float[] values, int width, int rows, int first, int count)
    {
        var copy = new float[rows * count];
        for (var row = 0; row < rows; row++)
        {
            values.AsSpan((row * width) + first, count).CopyTo(copy.AsSpan(row * count));
        }

        return copy;
    }
}
