using System.Numerics;
using MAFlow.Scoring.Numerics;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>The scalar function f of a ridge potential, described by its first derivative.</summary>
/// <remarks>
/// For both functions of the paper the higher derivatives are polynomials in s = f'(y), so a solve keeps one number per unit:
/// softplus has f'' = s(1-s), f''' = s(1-s)(1-2s); ln cosh has f'' = 1-s², f''' = -2s(1-s²).
/// </remarks>
public abstract class Activation
{
    private Activation(string name, bool isEven)
    {
        Name = name;
        IsEven = isEven;
    }

    /// <summary>f(y) = ln(1 + e^y), f' the logistic function: the paper's choice for images.</summary>
    public static Activation Softplus { get; } = new SoftplusActivation();

    /// <summary>f(y) = ln cosh y, f' = tanh: even, hence Z2-symmetric without bias; the paper's choice for the Ising model.</summary>
    public static Activation LogCosh { get; } = new LogCoshActivation();

    /// <summary>All activations.</summary>
    internal static IReadOnlyList<Activation> All { get; } = [Softplus, LogCosh];

    /// <summary>Name used in flow files.</summary>
    internal string Name { get; }

    /// <summary>Whether f(-y) = f(y); a ridge potential of an even activation has no bias and is Z2-symmetric.</summary>
    internal bool IsEven { get; }

    /// <summary>Finds an activation by the name that flow files carry.</summary>
    /// <exception cref="ArgumentException">No activation has that name.</exception>
    internal static Activation ByName(string name) => All.FirstOrDefault(activation => activation.Name == name)
        ?? throw new ArgumentException(
            $"Expected one of {string.Join(", ", All.Select(activation => activation.Name))}, got '{name}'.",
            nameof(name));

    /// <summary>f(y), elementwise.</summary>
    internal abstract Tensor Value(Tensor y);

    /// <summary>s = f'(y), elementwise.</summary>
    internal abstract Tensor First(Tensor y);

    /// <summary>Replaces y by f'(y) in place.</summary>
    internal abstract Tensor First_(Tensor y);

    /// <summary>Replaces y by f'(y) in managed memory.</summary>
    internal abstract void First<T>(Span<T> y)
        where T : IFloatingPointIeee754<T>;

    /// <summary>s = f'(y), squares += weight · s², in blocks of rows.</summary>
    internal abstract void First<T>(Kernels<T> kernels, Span<T> y, Span<T> squares, T weight)
        where T : unmanaged;

    /// <summary>Replaces y by f'(y) in blocks of rows.</summary>
    internal abstract void First<T>(TrainingKernels<T> kernels, Span<T> y)
        where T : unmanaged;

    /// <summary>s = f'(y + Σ weightⱼ productⱼ) of a part of the numbers.</summary>
    internal abstract void Point<T>(
        StageKernels<T> kernels, ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part)
        where T : unmanaged;

    /// <summary>target ← target ∘ f'', without temporaries.</summary>
    internal abstract void MultiplyBySecond_(Tensor target, Tensor s);

    /// <summary>f'' as the polynomial k₀ + k₁ s + k₂ s² in s = f'.</summary>
    internal abstract (double Constant, double Linear, double Quadratic) SecondPolynomial { get; }

    /// <summary>f'' as a function of s = f'.</summary>
    internal abstract Tensor Second(Tensor s);

    /// <summary>f''' as a function of s = f'.</summary>
    internal abstract Tensor Third(Tensor s);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>ln(1 + e^y) = -ln σ(-y): accurate in both tails, with every derivative also at 0, where forms with |y| have none.</summary>
    private static Tensor LogOnePlusExp(Tensor y)
    {
        using var scope = NewDisposeScope();
        return nn.functional.logsigmoid(y.neg()).neg().MoveToOuterDisposeScope();
    }

    private sealed class SoftplusActivation() : Activation("softplus", isEven: false)
    {
        internal override Tensor Value(Tensor y) => LogOnePlusExp(y);

        internal override Tensor First(Tensor y) => y.sigmoid();

        internal override Tensor First_(Tensor y) => y.sigmoid_();

        internal override void First<T>(Span<T> y) => TensorPrimitives.Sigmoid<T>(y, y);

        internal override void First<T>(Kernels<T> kernels, Span<T> y, Span<T> squares, T weight) =>
            kernels.Logistic(y, y, squares, weight);

        internal override void First<T>(TrainingKernels<T> kernels, Span<T> y) => kernels.Logistic(y);

        internal override void Point<T>(
            StageKernels<T> kernels, ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part) =>
            kernels.Logistic(y, products, terms, s, part);

        // s(1-s)
        internal override void MultiplyBySecond_(Tensor target, Tensor s) => target.mul_(s).addcmul_(target, s, Scalars.MinusOne);

        internal override (double Constant, double Linear, double Quadratic) SecondPolynomial => (0, 1, -1);

        internal override Tensor Second(Tensor s) => addcmul(s, s, s, Scalars.MinusOne);

        internal override Tensor Third(Tensor s)
        {
            using var scope = NewDisposeScope();
            return Second(s).mul(s.Mul(-2).Add(1)).MoveToOuterDisposeScope();
        }
    }

    private sealed class LogCoshActivation() : Activation("lncosh", isEven: true)
    {
        private static readonly double _logTwo = Math.Log(2);

        // ln(1 + e^2y) - y - ln 2 does not overflow.
        internal override Tensor Value(Tensor y)
        {
            using var scope = NewDisposeScope();
            return LogOnePlusExp(y.Mul(2)).sub(y).Sub(_logTwo).MoveToOuterDisposeScope();
        }

        internal override Tensor First(Tensor y) => y.tanh();

        internal override Tensor First_(Tensor y) => y.tanh_();

        internal override void First<T>(Span<T> y) => TensorPrimitives.Tanh<T>(y, y);

        internal override void First<T>(Kernels<T> kernels, Span<T> y, Span<T> squares, T weight) =>
            kernels.Tangent(y, y, squares, weight);

        internal override void First<T>(TrainingKernels<T> kernels, Span<T> y) => kernels.Tangent(y);

        internal override void Point<T>(
            StageKernels<T> kernels, ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part) =>
            kernels.Tangent(y, products, terms, s, part);

        // (1-s)(1+s)
        internal override void MultiplyBySecond_(Tensor target, Tensor s) =>
            target.addcmul_(target, s, Scalars.MinusOne).addcmul_(target, s, Scalars.One);

        internal override (double Constant, double Linear, double Quadratic) SecondPolynomial => (1, 0, -1);

        internal override Tensor Second(Tensor s)
        {
            using var scope = NewDisposeScope();
            return s.Square().neg().Add(1).MoveToOuterDisposeScope();
        }

        internal override Tensor Third(Tensor s)
        {
            using var scope = NewDisposeScope();
            return s.Mul(-2).mul(Second(s)).MoveToOuterDisposeScope();
        }
    }
}
