using System.Numerics;
using System.Runtime.Intrinsics;
using MAFlow.Scoring.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>The passes on the processor, each of them once over the memory in our own vector code.</summary>
/// <remarks>Between two products a stage is read from memory, which takes longer than the arithmetic on it: what tensor operations do
/// in three to seven passes is one here. An element's result depends neither on its place nor on the number of threads.</remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class VectorPasses<T> : StagePasses
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Torch divides its own passes among threads from here on.
    private const int LeastPerThread = 32768;
    private readonly Activation _activation;
    private readonly StageKernels<T> _kernels;
    private readonly FactoredMethod _method;
    private readonly SecondDerivative _second;
    private readonly Term[] _all;

    /// <param name="solve">Method and grid.</param>
    public VectorPasses(HiddenSpaceSolve solve)
    {
        (_activation, _kernels, _method) = (solve.Activation, StageKernels<T>.Of(solve.Width), new(solve.Tableau, solve.Grid));
        var (constant, linear, quadratic) = solve.Activation.SecondPolynomial;
        _second = new(constant, linear, quadratic);
        _all = [.. _method.All, new(_method.Stages, 1)];
    }

    /// <summary>Whether these passes can be used, and are faster.</summary>
    /// <param name="solve">Method and grid.</param>
    /// <param name="like">Hidden units, shape [B, h].</param>
    public static bool Suits(HiddenSpaceSolve solve, Tensor like) =>
        Vector256.IsHardwareAccelerated && like.device.type == DeviceType.CPU && like.dtype is ScalarType.Float32 or ScalarType.Float64
            && like.numel() is var count && count >= Panels<float>.Lanes
            && count * (solve.Tableau.Stages + 1) * like.element_size() < int.MaxValue;

    public override void Point(Tensor y, Tensor products, int stage, Tensor s) => ForParts(y, part =>
        _activation.Point(_kernels, y.Numbers<T>(), products.Numbers<T>(), _method.Earlier[stage], s.Numbers<T>(), part));

    public override void Advance(Tensor stages, Tensor products, Tensor sum, Tensor squares, Tensor? y) => ForParts(sum, part =>
        _kernels.Advance(
            stages.Numbers<T>(), products.Numbers<T>(), _method.Sum, sum.Numbers<T>(), squares.Numbers<T>(),
            y is null ? [] : y.Numbers<T>(), part));

    public override void Gather(Tensor adjoints, int stage, Tensor r) => ForParts(r, part =>
        _kernels.Combine(adjoints.Numbers<T>(), _method.Later[stage], r.Numbers<T>(), part));

    public override void Curve(Tensor s, Tensor direct, Tensor curved, int stage, Tensor adjoint) => ForParts(s, part =>
        _kernels.Curve(
            s.Numbers<T>(), _second, _method.Weights[stage], direct.Numbers<T>(), curved.Numbers<T>(), adjoint.Numbers<T>(), part));

    public override void Collect(Tensor adjoints)
    {
        var sum = adjoints[_method.Stages];
        ForParts(sum, part => _kernels.Combine(adjoints.Numbers<T>(), _all, sum.Numbers<T>(), part));
    }

    private static void ForParts(Tensor like, Action<Part> work)
    {
        var count = (int)like.numel();
        var parts = Math.Clamp(count / LeastPerThread, 1, get_num_threads());
        if (parts == 1)
        {
            work(new(0, count));
            return;
        }

        // Whole cache lines, so that no two threads write to one; the last part has the rest.
        var length = count / parts / Part.Alignment * Part.Alignment;
        Workers.ForEach(parts, parts, i => work(new(i * length, i + 1 < parts ? length : count - (i * length))));
    }
}
