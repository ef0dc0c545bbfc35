using System.Numerics;

namespace MAFlow.Scoring.Models;

/// <summary>What is done to each block of rows.</summary>
internal interface IRowJob
{
    /// <param name="space">Room.</param>
    /// <param name="first">Number of the block's first row.</param>
    /// <param name="count">Rows in the block.</param>
    void Run(Workspace space, int first, int count);
}

/// <summary>What becomes of rows.</summary>
internal enum RowOperation
{
    Encode,
    Decode,
    Differentiate,
}

/// <summary>Rows in, rows and numbers out.</summary>
/// <typeparam name="T">Type of the caller's numbers.</typeparam>
/// <param name="Model">The model.</param>
/// <param name="Steps">Steps in each piece of the flow.</param>
/// <param name="Operation">What is done.</param>
/// <param name="Input">Rows [B, N].</param>
/// <param name="Contexts">Their contexts [B, C]; null where the model has none.</param>
/// <param name="Output">Rows [B, N]; null where they are not wanted.</param>
/// <param name="LogProb">ln p [B]; null where it is not wanted.</param>
internal readonly unsafe record struct RowJob<T>(
    ScoringModel Model, int Steps, RowOperation Operation, nint Input, nint Contexts, nint Output, nint LogProb) : IRowJob
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(Workspace space, int first, int count)
    {
        var (rows, width, contextWidth) = (space.Rows, Model.Dimension, Model.ContextDimension);
        rows.Rows = count;
        for (var row = 0; row < count; row++)
        {
            Widen(new((T*)Input + ((long)(first + row) * width), width), rows.Row(row));
            Widen(new((T*)Contexts + ((long)(first + row) * contextWidth), contextWidth), rows.Context(row));
        }

        switch (Operation)
        {
            case RowOperation.Encode:
                Model.Encode(space, Steps);
                break;
            case RowOperation.Decode:
                Model.Decode(space, Steps);
                break;
            default:
                Model.Differentiate(space, Steps);
                break;
        }

        for (var row = 0; row < count; row++)
        {
            if (Output != 0)
            {
                // What is asked for is the gradient of -ln p.
                var sign = Operation == RowOperation.Differentiate ? -1 : 1;
                Narrow(rows.Row(row), new((T*)Output + ((long)(first + row) * width), width), sign);
            }

            if (LogProb != 0)
            {
                ((T*)LogProb)[first + row] = T.CreateTruncating(rows.Answer(row));
            }
        }
    }

    private static void Widen(ReadOnlySpan<T> source, Span<double> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = double.CreateTruncating(source[i]);
        }
    }

    private static void Narrow(ReadOnlySpan<double> source, Span<T> target, double sign)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = T.CreateTruncating(sign * source[i]);
        }
    }
}
