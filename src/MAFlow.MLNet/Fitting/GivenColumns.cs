using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Fitting;

/// <summary>Which numbers of a table's rows are learnt, and on which they are conditioned.</summary>
/// <param name="RowStart">Place of the first number that is learnt.</param>
/// <param name="RowWidth">Number of coordinates N.</param>
/// <param name="ContextStart">Place of the first number of the context.</param>
/// <param name="ContextWidth">Number of context features C.</param>
internal sealed record GivenColumns(int RowStart, int RowWidth, int ContextStart, int ContextWidth)
{
    /// <summary>Rows [R, N] and their contexts [R, C].</summary>
    public (Tensor Rows, Tensor Context) Of(FeatureMatrix table)
    {
        using var all = table.ToTensor();
        return (all.narrow(1, RowStart, RowWidth).contiguous(), all.narrow(1, ContextStart, ContextWidth).contiguous());
    }
}
