# Where the headers of an installed wheel are: sets `result` to <module>/include,
# or to nothing if the interpreter does not have the module. It is not imported.
function(wheel_include_dir result module)
  set(query [=[
import importlib.util, os, sys
try:
    spec = importlib.util.find_spec(sys.argv[1])
except ModuleNotFoundError:
    spec = None
print(os.path.join(os.path.dirname(spec.origin), "include") if spec else "")
]=])
  if(Python_EXECUTABLE)
    execute_process(
      COMMAND "${Python_EXECUTABLE}" -c "${query}" "${module}"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()
