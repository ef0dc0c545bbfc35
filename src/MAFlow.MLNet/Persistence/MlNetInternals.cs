using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]

namespace MAFlow.MLNet
{
    /// <summary>The members of ML.NET that are internal to it and that a component nevertheless needs. They are used in this file only.</summary>
    /// <remarks>build/LiftVisibility.targets lists them for the compiler; a test that loads a model in a second process guards them.</remarks>
    internal static class MlNetInternals
    {
        public static IHostEnvironment GetEnvironment(TransformsCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

        /// <summary>The GPU that the user gave to the MLContext; null means the CPU.</summary>
        public static int? GpuDeviceId(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.GpuDeviceId;

        public static bool FallbackToCpu(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.FallbackToCpu ?? false;

        public static bool IsCanceled(IHostEnvironment environment) => (environment as ICancelable)?.IsCanceled ?? false;

        public static SchemaShape.Column ShapeColumn(string name, DataViewType type, SchemaShape? annotations)
        {
            SchemaShape.GetColumnTypeShape(type, out var kind, out var itemType, out var isKey);
            return new SchemaShape.Column(name, kind, itemType, isKey, annotations);
        }

        public static SchemaShape Shape(DataViewSchema schema) => SchemaShape.Create(schema);

        /// <summary>The type as ML.NET's own messages write it, for example VarVector&lt;Single&gt;.</summary>
        public static string TypeText(SchemaShape.Column column) => column.GetTypeString();
    }
}

namespace System.Runtime.CompilerServices
{
    /// <summary>Known to the runtime by name: this assembly may use the internals of the named one.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}
